-- issue-token.lua - issueToken with private_key_jwt: every line of BENCH_FORMS once, the threads
-- in turn.
local threads, forms, n = 0, {}, 0

function setup(thread)
	thread:set("bench_thread", threads)
	threads = threads + 1
end

function init()
	local i = 0
	for line in io.lines(os.getenv("BENCH_FORMS")) do
		if i % 2 == bench_thread then
			forms[#forms + 1] = line
		end
		i = i + 1
	end
end

function request()
	n = n + 1
	return wrk.format("POST", "/api/v1/token/oauth/token",
		{ ["content-type"] = "application/x-www-form-urlencoded" }, forms[n] or "spent=1")
end

function done(summary, latency)
	local e = summary.errors
	io.write(string.format("BENCH %d %d %d %d %d %d\n", summary.requests, summary.duration,
		latency:percentile(50), latency:percentile(99), e.status,
		e.connect + e.read + e.write + e.timeout))
end
