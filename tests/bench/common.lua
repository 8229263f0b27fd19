-- common.lua - what the scripts for wrk share. Given by the environment:
-- BENCH_TOKENS (file of tests/bench/load), BENCH_SUBJECTS, BENCH_RUN (number of this run, so
-- that no run writes what another has written).

local bench = {
	subjects = tonumber(os.getenv("BENCH_SUBJECTS") or 100000),
	run = tonumber(os.getenv("BENCH_RUN") or 0),
	tokens = {},
}

for line in io.lines(os.getenv("BENCH_TOKENS")) do
	bench.tokens[#bench.tokens + 1] = "Bearer " .. line
end
bench.site = table.remove(bench.tokens) -- the vaccination site's is the last

-- The token of the municipality person n belongs to.
function bench.token_of(n)
	return bench.tokens[n % #bench.tokens + 1]
end

-- A number of digits with its Luhn digit.
function bench.luhn(body)
	local sum = 0
	for i = 1, #body do
		local d = body:byte(#body + 1 - i) - 48
		if i % 2 == 1 then
			d = d * 2
			if d > 9 then d = d - 9 end
		end
		sum = sum + d
	end
	return body .. (10 - sum % 10) % 10
end

function bench.subject_no(n)
	return bench.luhn(string.format("%d", 7000000000000 + n))
end

-- wrk calls setup once for each of its threads, each a Lua state of its own.
local threads = 0
function setup(thread)
	thread:set("bench_thread", threads)
	threads = threads + 1
end

-- One line for tests/bench/run, instead of wrk's own words.
function done(summary, latency)
	local e = summary.errors
	io.write(string.format("BENCH %d %d %d %d %d %d\n", summary.requests, summary.duration,
		latency:percentile(50), latency:percentile(99), e.status,
		e.connect + e.read + e.write + e.timeout))
end

return bench
