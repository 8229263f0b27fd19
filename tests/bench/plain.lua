-- plain.lua - what stands behind /bench/ (tests/bench/run): BENCH_PATH, and the subject_id of
-- a random person when it ends in a slash. The request is as long as a real one.
local bench = dofile((debug.getinfo(1, "S").source:match("^@(.*/)") or "./") .. "common.lua")
local path = os.getenv("BENCH_PATH")
local random = path:sub(-1) == "/"

function init()
	math.randomseed(os.time() + 7919 * bench_thread)
end

function request()
	local n = math.random(1, bench.subjects)
	return "GET " .. (random and path .. 1000000 + n or path) .. " HTTP/1.1\r\nHost: " .. wrk.host
		.. "\r\nAuthorization: " .. bench.token_of(n) .. "\r\n\r\n"
end
