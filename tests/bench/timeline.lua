-- timeline.lua - getTimeline of a random person by that person's municipality.
local bench = dofile((debug.getinfo(1, "S").source:match("^@(.*/)") or "./") .. "common.lua")

function init()
	math.randomseed(os.time() + 7919 * bench_thread)
end

function request()
	local n = math.random(1, bench.subjects)
	return "GET /api/v1/record/subjects/" .. bench.subject_no(n) .. "/timeline HTTP/1.1\r\nHost: "
		.. wrk.host .. "\r\nAuthorization: " .. bench.token_of(n) .. "\r\n\r\n"
end
