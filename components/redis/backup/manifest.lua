-- What the databases of the application hold, a line each: what, name, count, fingerprint. The same text for the same
-- content, in whatever order keys lie. In one go, so that no key expires meanwhile. It goes on where content.lua ends.
-- ARGV: when the run was taken, s since 1970; a key of Ladder's own, which is not told.
local TAKEN, OWN = tonumber(ARGV[1]), ARGV[2]
local DATABASES = 16

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

local function tell(database, lines)
	redis.call('SELECT', database)
	local told = {}
	local function note(first, kind, row)
		local what = first < 0 and 'keys\t' .. database .. ' ' .. kind or 'expiring\t' .. database .. ' ' .. period(first)
		told[what] = told[what] or sum()
		add(told[what], row)
	end
	local function look(key, kind)
		local content, ends = sum(), redis.call('PEXPIRETIME', key)
		read(key, kind, content, function(own, row)
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
			if kind ~= 'none' and key ~= OWN then look(key, kind) end
		end
	until cursor == '0'
	if seen > held then error('SCAN told ' .. seen .. ' keys of ' .. held) end
	for what, of in pairs(told) do lines[#lines + 1] = what .. '\t' .. of.count .. '\t' .. fingerprint(of) end
end

local lines = {}
for database = 0, DATABASES - 1 do tell(database, lines) end
return lines
