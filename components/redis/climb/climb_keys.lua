-- Tells or says some keys of a database; it only reads. It goes on where content.lua ends.
-- ARGV: tell | say, the database, a moment (ms since 1970: what ends by itself before it is passed over),
--   how many elements a key may have to be said at once, then scan CURSOR COUNT | keys "HEX HEX…" | part HEX FROM.
-- Answers with a line of facts and then, of `tell`, a line a key: its name in hex, type, end, count, fingerprint; of
-- `say`, commands as a server reads them, which make the keys anew.
local WHAT, DATABASE, MOMENT, MOST = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local HOW = ARGV[5]
local OWN = 'ladder:climbing' -- a mark of Ladder's own, while it copies
local LARGE = 65536 -- bytes of a text that is said by itself

local function hex(text) return (text:gsub('.', function(it) return string.format('%02x', it:byte()) end)) end
local function unhex(text) return (text:gsub('%x%x', function(it) return string.char(tonumber(it, 16)) end)) end

-- How far the server's append-only file reaches at this moment, bytes.
local function position()
	local told = redis.pcall('INFO', 'persistence')
	if type(told) ~= 'string' then return '-' end
	local written, waiting = told:match('aof_current_size:(%d+)'), told:match('aof_buffer_length:(%d+)')
	return written and string.format('%.0f', written + waiting) or '-'
end

local function ends(key) return redis.call('PEXPIRETIME', key) end
local function lasts(at) return at < 0 or at > MOMENT end

-- ------------------------------------------------------------------------------------------------- telling

local function tell(key, kind)
	local content, at = sum(), ends(key)
	if kind == 'none' or not lasts(at) then return hex(key) .. ' none' end
	read(key, kind, content, function(own, row)
		if own > MOMENT then add(content, {tostring(own), unpack(row)}) end
	end)
	if kind == 'hash' and content.count == 0 then return hex(key) .. ' none' end
	return string.format('%s %s %.0f %d %s', hex(key), kind, at, content.count, fingerprint(content))
end

-- -------------------------------------------------------------------------------------------------- saying

local said = {}

local function put_words(words)
	said[#said + 1] = '*' .. #words .. '\r\n'
	for _, word in ipairs(words) do
		word = tostring(word)
		said[#said + 1] = '$' .. #word .. '\r\n' .. word .. '\r\n'
	end
end

local function put(...) put_words({...}) end

-- put_all(WORD, KEY, ITEMS): one command for many items.
local function put_all(command, key, items)
	for from = 1, #items, CHUNK do put(command, key, unpack(items, from, math.min(from + CHUNK - 1, #items))) end
end

local SIZE = {
	string = function(key) return redis.call('STRLEN', key) > LARGE and MOST + 1 or 1 end,
	list = function(key) return redis.call('LLEN', key) end,
	set = function(key) return redis.call('SCARD', key) end,
	zset = function(key) return redis.call('ZCARD', key) end,
	hash = function(key) return redis.call('HLEN', key) end,
	stream = function(key) return redis.call('XLEN', key) end,
}

-- What a stream is beside its entries: where it ended, who reads it, and what was given to whom.
local function around(key)
	local about = facts(redis.call('XINFO', 'STREAM', key))
	if about.length == 0 then put('XADD', key, 'MAXLEN', '0', about['last-generated-id'] == '0-0' and '0-1' or about['last-generated-id'], 'x', 'y') end
	put('XSETID', key, about['last-generated-id'], 'ENTRIESADDED', about['entries-added'], 'MAXDELETEDID', about['max-deleted-entry-id'])
	for _, answer in ipairs(redis.call('XINFO', 'GROUPS', key)) do
		local group = facts(answer)
		put('XGROUP', 'CREATE', key, group.name, group['last-delivered-id'], 'ENTRIESREAD', group['entries-read'] or '-1')
		for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', key, group.name)) do
			put('XGROUP', 'CREATECONSUMER', key, group.name, facts(consumer).name)
		end
		range(function(row)
			put('XCLAIM', key, group.name, row[2], '0', row[1], 'IDLE', row[3], 'RETRYCOUNT', row[4], 'JUSTID', 'FORCE')
		end, 'XPENDING', key, group.name)
	end
end

-- Each says the elements of a key from a place on, about MOST of them, and answers with the next place, '' at the end.
local SAY = {
	string = function(key)
		put('SET', key, redis.call('GET', key))
		return ''
	end,
	list = function(key, from)
		from = tonumber(from)
		local found = redis.call('LRANGE', key, from, from + MOST - 1)
		put_all('RPUSH', key, found)
		return from + MOST < redis.call('LLEN', key) and from + MOST or ''
	end,
	set = function(key, from)
		local answer = redis.call('SSCAN', key, from, 'COUNT', MOST)
		put_all('SADD', key, answer[2])
		return answer[1] == '0' and '' or answer[1]
	end,
	zset = function(key, from)
		from = tonumber(from)
		local found, turned = redis.call('ZRANGE', key, from, from + MOST - 1, 'WITHSCORES'), {}
		for i = 1, #found, 2 do
			turned[i], turned[i + 1] = exactly(found[i + 1]), found[i]
		end
		put_all('ZADD', key, turned)
		return from + MOST < redis.call('ZCARD', key) and from + MOST or ''
	end,
	hash = function(key, from)
		local answer = redis.call('HSCAN', key, from, 'COUNT', MOST)
		put_all('HSET', key, answer[2])
		for i = 1, FIELDS_EXPIRE and #answer[2] or 0, 2 do
			local at = redis.call('HPEXPIRETIME', key, 'FIELDS', 1, answer[2][i])[1]
			if at >= 0 then put('HPEXPIREAT', key, at, 'FIELDS', 1, answer[2][i]) end
		end
		return answer[1] == '0' and '' or answer[1]
	end,
	stream = function(key, from)
		local found = redis.call('XRANGE', key, from == '0' and '-' or '(' .. from, '+', 'COUNT', MOST)
		for _, entry in ipairs(found) do
			local words = {'XADD', key, entry[1]}
			for _, word in ipairs(entry[2]) do words[#words + 1] = word end
			put_words(words)
		end
		if #found == MOST then return found[#found][1] end
		around(key)
		return ''
	end,
}

-- Says a key from a place on. Its end comes last: a key that is not whole yet does not end.
local function say(key, kind, from)
	if not SAY[kind] then error('key ' .. hex(key) .. ' (hex) of database ' .. DATABASE .. ' is of type ' .. kind .. ', which no command of Redis makes') end
	if from == '0' then put('DEL', key) end
	local rest, at = tostring(SAY[kind](key, from)), ends(key)
	if rest == '' and at >= 0 then put('PEXPIREAT', key, string.format('%.0f', at)) end
	return rest
end

-- ------------------------------------------------------------------------------------------------------------

redis.call('SELECT', DATABASE)
local keys, cursor, lines, large = {}, '0', {}, {}
if HOW == 'scan' then
	local answer = redis.call('SCAN', ARGV[6], 'COUNT', ARGV[7])
	cursor, keys = answer[1], answer[2]
else
	for word in ARGV[6]:gmatch('%x+') do keys[#keys + 1] = unhex(word) end
end
if WHAT == 'say' then put('SELECT', DATABASE) end
for _, key in ipairs(keys) do
	local kind = redis.call('TYPE', key).ok
	if key == OWN then
		kind = 'none'
	elseif WHAT == 'tell' then
		lines[#lines + 1] = tell(key, kind)
	elseif HOW == 'part' then
		cursor = kind == 'none' and '' or say(key, kind, ARGV[7])
		if cursor == '' then cursor = 'end' end
	elseif kind == 'none' or not lasts(ends(key)) then
		put('DEL', key)
	elseif SIZE[kind] and SIZE[kind](key) > MOST then
		large[#large + 1] = hex(key)
	else
		local from = '0'
		repeat from = say(key, kind, from) until from == ''
	end
end
return {cursor .. ' ' .. position() .. ' ' .. #keys .. ' ' .. table.concat(large, ','), WHAT == 'say' and table.concat(said) or table.concat(lines, '\n')}
