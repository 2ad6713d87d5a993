# Turns what a logical slot tells (test_decoding: a line a change, as COPY writes it: LSN, text) into SQL for the target.
# Arguments: what is known of the tables (climb_tables.sql), the place in the log that the target has, and up to where
# to go (empty: all). Prints nothing when the target has all of it.
use strict;
use warnings;
my ($tables, $reached, $upto) = @ARGV;

sub place { my ($high, $low) = split m{/}, shift; return hex($high) * 4294967296 + hex($low) }

my %known;
open(my $file, '<', $tables) or die "$tables: $!\n";
while (<$file>) {
	chomp;
	my ($name, $way, @lists) = map { plain($_) } split /\t/, $_, -1;
	$known{$name} = [$way, map { { map { $_ => 1 } split /\x1f/ } } @lists];
}
close $file;

# As COPY escapes.
sub plain {
	my $text = shift;
	my %of = (b => "\b", f => "\f", n => "\n", r => "\r", t => "\t", v => "\x0b");
	$text =~ s/\\(.)/exists $of{$1} ? $of{$1} : $1/gse;
	return $text;
}

my $identifier = qr/"(?:[^"]|"")*"|[^\s\["':.]+/;
my $type = qr/(?:"(?:[^"]|"")*"|\[\]|[^\]"])*/;
my $value = qr/'(?:[^']|'')*'|B'[01]*'|[^\s']+/;

# Columns in the order in which they are told: [name, literal], the literal undefined for a value that did not change
# and was not told.
sub columns {
	my $text = shift;
	my @found;
	while ($text =~ /\G\s*($identifier)\[($type)\]:($value)/gc) {
		my ($name, $said) = ($1, $3);
		push @found, [$name, $said eq 'unchanged-toast-datum' ? undef : $said =~ /^(?:null$|B?')/ ? $said : "'$said'"];
	}
	die 'cannot read: ' . substr($text, pos($text) // 0, 200) . "\n" unless $text =~ /\G\s*\z/gc;
	return @found;
}

my (@done, @batch, %touched, $last);
while (my $line = <STDIN>) {
	chomp $line;
	my ($lsn, $text) = split /\t/, $line, 2;
	$text = plain($text);
	if ($text =~ /^BEGIN/) { @batch = (); next }
	if ($text =~ /^COMMIT/) {
		next if place($lsn) <= place($reached);
		last if $upto ne '' && place($lsn) > place($upto);
		push @done, @batch;
		$last = $lsn;
		next;
	}
	push @batch, $text;
}
exit 0 unless defined $last;

sub note { my ($table, $rows) = @_; $touched{$table}{$rows} = 1 }

for my $text (@done) {
	$text =~ /\Atable (.*?): (INSERT|UPDATE|DELETE|TRUNCATE): ?(.*)\z/s or die 'cannot read: ' . substr($text, 0, 200) . "\n";
	my ($name, $what, $rest) = ($1, $2, $3);
	if ($what eq 'TRUNCATE') {
		my @names = split /, (?=(?:[^"]*"[^"]*")*[^"]*\z)/, $name;
		print 'truncate only ' . join(', ', @names) . ($rest =~ /restart_seqs/ ? ' restart identity' : '') . ($rest =~ /cascade/ ? ' cascade' : '') . ";\n";
		note($_, 'true') for @names;
		next;
	}
	my $table = $known{$name} or die "table $name was made since the copy began\n";
	my ($way, $key, $computed, $always) = @$table;
	die "table $name tells no key\n" if $rest eq '(no-tuple-data)';
	my ($old, $new) = $rest =~ /\Aold-key: (.*) new-tuple: (.*)\z/s ? split_at($rest) : (undef, $rest);
	my @new = columns($new);
	my @old = defined $old ? columns($old) : ();
	if ($what eq 'INSERT') {
		my @kept = grep { !$computed->{ $_->[0] } } @new;
		print "insert into $name (" . join(', ', map { $_->[0] } @kept) . ') overriding system value values (' . join(', ', map { $_->[1] } @kept) . ");\n";
		note($name, rows($way, $key, @new));
		next;
	}
	my @by = $what eq 'DELETE' ? @new : @old ? @old : grep { $key->{ $_->[0] } } @new;
	my $rows = rows($way, $key, @by);
	my $where = $way eq 'full' ? "ctid = (select ctid from only $name where $rows limit 1)" : $rows;
	note($name, $rows);
	if ($what eq 'DELETE') { print "delete from only $name where $where;\n"; next }
	my @set = grep { defined $_->[1] && !$computed->{ $_->[0] } && !$always->{ $_->[0] } } @new;
	print "update only $name set " . join(', ', map { "$_->[0] = $_->[1]" } @set) . " where $where;\n" if @set;
	note($name, rows($way, $key, @new)) if $way ne 'full' || !grep { !defined $_->[1] } @new;
}

# Values may hold the words that part both halves: the right place is the one where both can be read.
sub split_at {
	my $rest = shift;
	my $from = length 'old-key: ';
	while ((my $at = index($rest, ' new-tuple: ', $from)) >= 0) {
		my ($old, $new) = (substr($rest, length 'old-key: ', $at - length 'old-key: '), substr($rest, $at + length ' new-tuple: '));
		return ($old, $new) if eval { columns($old); columns($new); 1 };
		$from = $at + 1;
	}
	die 'cannot read: ' . substr($rest, 0, 200) . "\n";
}

sub rows {
	my ($way, $key, @columns) = @_;
	my @known = $way eq 'full' ? grep { defined $_->[1] } @columns : grep { $key->{ $_->[0] } } @columns;
	die "a row cannot be known again\n" unless @known;
	return '(' . join(' and ', map { $_->[1] eq 'null' ? "$_->[0] is null" : $way eq 'full' ? same($_) : "$_->[0] = $_->[1]" } @known) . ')';
}

# By text, for there are types that cannot be compared (json); the type's own text, whatever way it was told.
sub same { my ($name, $literal) = @{ $_[0] }; $literal =~ s{^B}{}; return "$name\::text = $literal" }

sub quoted { my $text = shift; $text =~ s/'/''/g; return "'$text'" }

for my $table (sort keys %touched) {
	print 'insert into ladder_climb.touched values ' . join(', ', map { '(' . quoted($table) . ', ' . quoted($_) . ')' } sort keys %{ $touched{$table} }) . " on conflict do nothing;\n";
}
print "update ladder_climb.state set value = '$last' where key = 'lsn';\n";
