-- What a key holds, as a count and a fingerprint: the same for the same content, however a server encodes it. What reads
-- this goes on where it ends.
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

local probe = redis.pcall('HPEXPIRETIME', 'ladder:restoring', 'FIELDS', 1, 'field')
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

-- Servers write the same number in two ways.
local function exactly(score) return string.format('%.17g', tonumber(score)) end

local function zset(key, to)
	for from = 0, redis.call('ZCARD', key) - 1, CHUNK do
		local found = redis.call('ZRANGE', key, from, from + CHUNK - 1, 'WITHSCORES')
		for i = 1, #found, 2 do add(to, {found[i], exactly(found[i + 1])}) end
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

-- read(key, kind, to, apart): adds a key's content to `to`; a field of a hash that ends by itself goes to `apart`.
local function read(key, kind, to, apart) (READ[kind] or dumped)(key, to, apart) end
