# What of an append-only file goes to the target: climb_stream.pl FILE FROM TO STATE TOUCHED
#
# Prints the commands between two of its bytes that concern the databases 0 to 15. STATE keeps, from one call to the
# next, which database is selected. To TOUCHED, where it is named, every key that a command writes is added, a line each:
# the database, and the key in hex. Ends with 3 where a command does what cannot be followed, and says which.
use strict;
use warnings;

my ($path, $from, $to, $state, $touched) = @ARGV;
my $most = 16;

my %second = map { $_ => 1 } qw(COPY BITOP XGROUP XINFO OBJECT);
my %both = map { $_ => 1 } qw(RENAME RENAMENX SMOVE LMOVE RPOPLPUSH BLMOVE BRPOPLPUSH);
my %every = map { $_ => 1 } qw(DEL UNLINK);
my %pairs = map { $_ => 1 } qw(MSET MSETNX);
my %none = map { $_ => 1 } qw(SELECT MULTI EXEC PING REPLCONF FUNCTION SCRIPT FLUSHDB PUBLISH SPUBLISH);

my $selected = 0;
if (open my $kept, '<', $state) { $selected = <$kept>; chomp $selected; close $kept }

# The server writes a moment after it says how far it wrote.
for (1 .. 100) { last if (-s $path // 0) >= $to; select undef, undef, undef, 0.1 }
open my $file, '<:raw', $path or die "$path: $!\n";
seek $file, $from, 0;
my $left = $to - $from;
my ($buffer, $at) = ('', 0);
binmode STDOUT;

sub more {
	die "$path ends in the middle of a command\n" if $left <= 0;
	substr($buffer, 0, $at) = '';
	$at = 0;
	my $read = read $file, $buffer, ($left < 1048576 ? $left : 1048576), length $buffer;
	die "$path is shorter than its server said\n" unless $read;
	$left -= $read;
}

my %found;
my $notes;
if ($touched) { open $notes, '>>', $touched or die "$touched: $!\n" }

sub touch { $found{"$_[0] " . unpack 'H*', $_[1]} = 1 }

sub say_command { print join '', '*' . @_ . "\r\n", map { '$' . length($_) . "\r\n$_\r\n" } @_ }

sub stop { print STDERR "$_[0] changes databases as a whole\n"; close STDOUT; exit 3 }

# The keys that a command writes.
sub keys_of {
	my ($name, @words) = @_;
	return if $none{$name};
	return @words if $every{$name};
	return @words[0, 1] if $both{$name};
	return @words[grep { $_ % 2 == 0 } 0 .. $#words] if $pairs{$name};
	return $words[1] if $second{$name};
	return @words[1 .. $words[0]] if $name eq 'LMPOP' || $name eq 'ZMPOP';
	return @words[map { 1 + 2 * $_ } 0 .. $words[0] - 1] if $name eq 'MSETEX';
	if ($name eq 'SORT' || $name =~ /^GEORADIUS/) {
		for (1 .. $#words - 1) { return $words[$_ + 1] if $words[$_] =~ /^STORE(DIST)?$/i }
		return;
	}
	return $words[0];
}

# Whether a command, whose text is $text, goes to the target; what must be said otherwise is said here.
sub concerns {
	my ($name, @words) = @_;
	if ($name eq 'SELECT') {
		$selected = $words[0];
		return $selected < $most;
	}
	return 1 if $name eq 'MULTI' || $name eq 'EXEC' || $name eq 'FUNCTION';
	if ($name eq 'FLUSHALL') {
		for (0 .. $most - 1) { say_command('SELECT', $_); say_command('FLUSHDB') }
		say_command('SELECT', $selected) if $selected < $most;
		return 0;
	}
	if ($name eq 'SWAPDB') {
		stop("SWAPDB @words") if $words[0] < $most || $words[1] < $most;
		return 0;
	}
	my $other = $name eq 'MOVE' ? $words[1] : undef;
	if ($name eq 'COPY') { for (2 .. $#words - 1) { $other = $words[$_ + 1] if uc $words[$_] eq 'DB' } }
	if (defined $other && ($other >= $most) != ($selected >= $most)) {
		stop("$name to database $other") if $other < $most;
		if ($name eq 'MOVE') { touch($selected, $words[0]); say_command('DEL', $words[0]) }
		return 0;
	}
	return 0 if $selected >= $most;
	touch($_, $words[0]) for grep { defined } $name eq 'MOVE' ? ($selected, $other) : ();
	if ($name ne 'MOVE') { touch($name eq 'COPY' && defined $other ? $other : $selected, $_) for keys_of($name, @words) }
	return 1;
}

say_command('SELECT', $selected) if $selected < $most;
while ($at < length $buffer || $left > 0) {
	my ($begin, $next, $count, @words);
	# A command that is not all in the buffer is read again when more of it is.
	READ: {
		$begin = $next = $at;
		@words = ();
		pos($buffer) = $next;
		unless ($buffer =~ /\G\*(\d+)\r\n/gc) {
			die "$path: no command at byte " . ($to - $left - length($buffer) + $at) . "\n" if $buffer =~ /\G(?:[^*]|\*\d*[^\d\r]|.{32})/gcs;
			more();
			redo READ;
		}
		$count = $1;
		$next = pos $buffer;
		for (1 .. $count) {
			pos($buffer) = $next;
			unless ($buffer =~ /\G\$(\d+)\r\n/gc && pos($buffer) + $1 + 2 <= length $buffer) {
				more();
				redo READ;
			}
			push @words, substr $buffer, pos($buffer), $1;
			$next = pos($buffer) + $1 + 2;
		}
	}
	$words[0] = uc $words[0];
	print substr $buffer, $begin, $next - $begin if concerns(@words);
	$at = $next;
	if (@words && keys(%found) > 100000 && $notes) { print $notes map { "$_\n" } keys %found; %found = () }
}
close STDOUT or die "the target takes no more: $!\n";
if ($notes) { print $notes map { "$_\n" } keys %found; close $notes or die "$touched: $!\n" }
open my $kept, '>', $state or die "$state: $!\n";
print $kept "$selected\n";
close $kept or die "$state: $!\n";
