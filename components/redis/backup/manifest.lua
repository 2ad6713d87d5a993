-- What the databases of the application hold, a line each: what, name, count, fingerprint. The same text for the same
-- content, in whatever order keys lie and however a server encodes them. In one go, so that no key expires meanwhile.
-- ARGV: when the run was taken, s since 1970; a key of Ladder's own, which is not told.
local TAKEN, OWN = tonumber(ARGV[1]), ARGV[2]
local DATABASES = 16
local CHUNK = 1000
local HALF = 2 ^ 48 -- of a fingerprint; the sum of two halves is still exact

local function sum() return {count = 0, left = 0, right = 0} end

-- Adding does not ask for an order.
local function add(to, parts)
	local whole = {}
	for i, part in ipairs(parts) do whole[i] = #part .. ':' .. part end
	local digest = redis.sha1hex(table.concat(whole))
	to.count = to.count + 1
	to.left = (to.left + tonumber(digest:sub(1, 12), 16)) % HALF
	to.right = (to.right + tonumber(digest:sub(13, 24), 16)) % HALF
end

local function fingerprint(of) return string.format('%012x%012x', of.left, of.right) end

-- What ends by itself is told by when it does: in a minute of the next hours, an hour of the next weeks, or a day.
local function period(ends)
	local ahead = ends / 1000 - TAKEN
	local width = ahead < 10800 and 60 or ahead < 1209600 and 3600 or 86400
	local from = math.floor(ends / 1000 / width) * width
	return string.format('%d to %d', from, from + width)
end

local function earliest(one, other)
	if one < 0 or other < 0 then return math.max(one, other) end
	return math.min(one, other)
end

local probe = redis.pcall('HPEXPIRETIME', OWN, 'FIELDS', 1, 'field')
local FIELDS_EXPIRE = type(probe) == 'table' and not probe.err

-- Walks a set or hash by its SCAN command. A server that tells an element twice is no witness.
local function scan(command, key, wanted, step, visit)
	local cursor, seen = '0', 0
	repeat
		local answer = redis.call(command, key, cursor, 'COUNT', CHUNK)
		cursor = answer[1]
		seen = seen + #answer[2] / step
		if #answer[2] > 0 then visit(answer[2]) end
	until cursor == '0'
	if seen > wanted then error(command .. ' told ' .. seen .. ' elements of ' .. wanted) end
end

-- Fields that end by themselves are told apart, each when it does; a hash of such fields alone ends with them.
local function hash(key, to, apart)
	scan('HSCAN', key, redis.call('HLEN', key), 2, function(found)
		local fields = {}
		for i = 1, #found, 2 do fields[#fields + 1] = found[i] end
		local ends = FIELDS_EXPIRE and redis.call('HPEXPIRETIME', key, 'FIELDS', #fields, unpack(fields))
		for i, field in ipairs(fields) do
			local row = {field, found[2 * i]}
			if ends and ends[i] >= 0 then apart(ends[i], row) else add(to, row) end
		end
	end)
end

local function set(key, to)
	scan('SSCAN', key, redis.call('SCARD', key), 1, function(members)
		for _, member in ipairs(members) do add(to, {member}) end
	end)
end

local function list(key, to)
	for from = 0, redis.call('LLEN', key) - 1, CHUNK do
		for i, item in ipairs(redis.call('LRANGE', key, from, from + CHUNK - 1)) do add(to, {tostring(from + i), item}) end
	end
end

local function zset(key, to)
	for from = 0, redis.call('ZCARD', key) - 1, CHUNK do
		local found = redis.call('ZRANGE', key, from, from + CHUNK - 1, 'WITHSCORES')
		for i = 1, #found, 2 do add(to, {found[i], found[i + 1]}) end
	end
end

-- Calls `visit` with each row of a command that tells a range of a stream; a row begins with its id.
local function range(visit, ...)
	local from = '-'
	repeat
		local command = {...}
		for _, word in ipairs({from, '+'}) do command[#command + 1] = word end
		if command[1] == 'XRANGE' then command[#command + 1] = 'COUNT' end
		command[#command + 1] = CHUNK
		local found = redis.call(unpack(command))
		for _, row in ipairs(found) do visit(row) end
		if #found > 0 then from = '(' .. found[#found][1] end
	until #found < CHUNK
end

local function facts(answer)
	local found = {}
	for i = 1, #answer, 2 do found[answer[i]] = answer[i + 1] end
	return found
end

-- A delivery is told while its message is there: of one that was deleted a server keeps none when it writes commands.
local function stream(key, to)
	local about = facts(redis.call('XINFO', 'STREAM', key))
	add(to, {tostring(about.length), about['last-generated-id'], about['max-deleted-entry-id'], tostring(about['entries-added'])})
	range(function(entry)
		table.insert(entry[2], 1, entry[1])
		add(to, entry[2])
	end, 'XRANGE', key)
	for _, answer in ipairs(redis.call('XINFO', 'GROUPS', key)) do
		local group = facts(answer)
		add(to, {group.name, group['last-delivered-id'], tostring(group['entries-read'])})
		range(function(row)
			if #redis.call('XRANGE', key, row[1], row[1]) > 0 then add(to, {group.name, row[1], row[2], tostring(row[4])}) end
		end, 'XPENDING', key, group.name)
	end
end

local READ = {
	string = function(key, to) add(to, {redis.call('GET', key)}) end,
	list = list, set = set, zset = zset, hash = hash, stream = stream,
}

-- A module's type is told as the server itself writes it.
local function dumped(key, to) add(to, {redis.call('DUMP', key)}) end

local function tell(database, lines)
	redis.call('SELECT', database)
	local told = {}
	local function note(first, kind, row)
		local what = first < 0 and 'keys\t' .. database .. ' ' .. kind or 'expiring\t' .. database .. ' ' .. period(first)
		told[what] = told[what] or sum()
		add(told[what], row)
	end
	local function read(key, kind)
		local content, ends = sum(), redis.call('PEXPIRETIME', key);
		(READ[kind] or dumped)(key, content, function(own, row)
			note(earliest(ends, own), kind, {key, tostring(own), unpack(row)})
		end)
		if content.count > 0 then note(ends, kind, {key, kind, tostring(ends), tostring(content.count), fingerprint(content)}) end
	end
	local cursor, seen, held = '0', 0, redis.call('DBSIZE')
	repeat
		local answer = redis.call('SCAN', cursor, 'COUNT', CHUNK)
		cursor = answer[1]
		seen = seen + #answer[2]
		for _, key in ipairs(answer[2]) do
			local kind = redis.call('TYPE', key).ok
			if kind ~= 'none' and key ~= OWN then read(key, kind) end
		end
	until cursor == '0'
	if seen > held then error('SCAN told ' .. seen .. ' keys of ' .. held) end
	for what, of in pairs(told) do lines[#lines + 1] = what .. '\t' .. of.count .. '\t' .. fingerprint(of) end
end

local lines = {}
for database = 0, DATABASES - 1 do tell(database, lines) end
return lines
