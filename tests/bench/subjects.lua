-- subjects.lua - putSubjects: 500 new persons at a time, the municipalities in turn. Their names
-- are as various as names are: of many who are alike each is compared with each (record.pairs).
local bench = dofile((debug.getinfo(1, "S").source:match("^@(.*/)") or "./") .. "common.lua")
local codes = {}
local n = 0

for line in io.lines(os.getenv("BENCH_CODES")) do
	codes[#codes + 1] = line
end

local kana = { "ア", "イ", "ウ", "エ", "オ", "カ", "キ", "ク", "ケ", "コ", "サ", "シ", "ス", "セ", "タ",
	"ナ", "ニ", "ノ", "ハ", "ヒ", "フ", "マ", "ミ", "ム", "モ", "ヤ", "ユ", "ヨ", "ラ", "リ", "ル", "ワ" }

local function syllables(i, count)
	local s = ""
	for _ = 1, count do
		s = s .. kana[i % #kana + 1]
		i = math.floor(i / #kana)
	end
	return s
end

local function person(i, code)
	return '{"muni_code":"' .. code .. '","muni_key":"P' .. i
		.. '","name":"見本　' .. i % 1000 .. '太郎","name_kana":"' .. syllables(i, 3)
		.. "　" .. syllables(i, 4) .. '","birth_date":"20'
		.. string.format("%02d-%02d-%02d", 10 + i % 15, 1 + i % 12, 1 + i % 28) .. '","sex":"'
		.. 1 + i % 2 .. '","address":"見本県見本市見本町' .. 1 + i % 30 .. '番' .. 1 + i % 20
		.. '号","not_disclosed":false,"self_info_blocked":false}'
end

function request()
	local place = (2 * n + bench_thread) % #codes
	local rows = {}
	for k = 1, 500 do
		-- Unlike in every other run, thread and request.
		local i = ((bench.run * 4 + bench_thread) * 100000 + n) * 500 + k
		rows[k] = person(i, codes[place + 1])
	end
	n = n + 1
	local body = '{"subjects":[' .. table.concat(rows, ",") .. "]}"
	return "PUT /api/v1/record/subjects HTTP/1.1\r\nHost: " .. wrk.host .. "\r\nAuthorization: "
		.. bench.tokens[place + 1] .. "\r\nContent-Type: application/json\r\nContent-Length: "
		.. #body .. "\r\n\r\n" .. body
end
