-- create.lua - createVaccination by a vaccination site: the persons of all municipalities in
-- turn. Each run goes on where the one before it could have come to (60,000), and who has had
-- a dose gets the next: nothing is sent twice in 26 runs.
local bench = dofile((debug.getinfo(1, "S").source:match("^@(.*/)") or "./") .. "common.lua")
local PER_RUN = 60000
local doses = {
	{ "VAR", 1 }, { "MR", 1, "第1期" }, { "PCV20", 4 }, { "DPTIPVHIB", 4, "第1期" },
	{ "JE", 1, "第1期" }, { "ZOSR", 1 }, { "HPV9", 1 }, { "DT", 1, "第2期" }, { "ROTA5", 1 },
	{ "HIB", 1 }, { "ZOSL", 1 }, { "FLU", 1 }, { "COVID", 1 }, { "PCV15", 1 }, { "ROTA1", 1 },
	{ "FLUHD", 1 },
}
local day = os.date("!%Y-%m-%d", os.time() + 9 * 3600 - 86400) -- yesterday in Japan
local n

function init()
	n = bench.run * PER_RUN + bench_thread
end

function request()
	local person = n % bench.subjects + 1
	local dose = doses[math.floor(n / bench.subjects) % #doses + 1]
	local body = '{"subject_no":"' .. bench.subject_no(person) .. '","legal_class":"1","vaccine_code":"'
		.. dose[1] .. '","dose_seq":' .. dose[2] .. ',"lot_no":"B1234","vaccinated_on":"' .. day
		.. '","dose_ml":0.5,"route":"SC","site":"74L","exec_class":"1","place_class":"1",'
		.. (dose[3] and '"phase":"' .. dose[3] .. '",' or "")
		.. '"doctor_name":"試験　医師"}'
	n = n + 2
	return "POST /api/v1/record/vaccinations HTTP/1.1\r\nHost: " .. wrk.host .. "\r\nAuthorization: "
		.. bench.site .. "\r\nContent-Type: application/json\r\nContent-Length: " .. #body
		.. "\r\n\r\n" .. body
end
