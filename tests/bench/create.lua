-- create.lua - createVaccination by a vaccination site: each person once in a run, the persons
-- of all municipalities in turn; the next run gives the next vaccine.
local bench = dofile((debug.getinfo(1, "S").source:match("^@(.*/)") or "./") .. "common.lua")
local doses = {
	{ "VAR", 1, "" }, { "MR", 1, "第1期" }, { "PCV20", 4, "" }, { "DPTIPVHIB", 4, "第1期" },
	{ "JE", 1, "第1期" }, { "JE", 2, "第1期" }, { "VAR", 2, "" }, { "JE", 3, "第1期" },
}
-- Yesterday in Japan, and one day less for every run of the same vaccine.
local day = os.date("!%Y-%m-%d", os.time() + 9 * 3600 - 86400)
local n

function init()
	n = bench_thread
end

function request()
	local person = n % bench.subjects + 1
	local dose = doses[(bench.run + math.floor(n / bench.subjects)) % #doses + 1]
	local body = '{"subject_no":"' .. bench.subject_no(person) .. '","legal_class":"1","vaccine_code":"'
		.. dose[1] .. '","dose_seq":' .. dose[2] .. ',"lot_no":"B1234","vaccinated_on":"' .. day
		.. '","dose_ml":0.5,"route":"SC","site":"74L","exec_class":"1","place_class":"1",'
		.. (dose[3] ~= "" and '"phase":"' .. dose[3] .. '",' or "")
		.. '"doctor_name":"試験　医師"}'
	n = n + 2
	return "POST /api/v1/record/vaccinations HTTP/1.1\r\nHost: " .. wrk.host .. "\r\nAuthorization: "
		.. bench.site .. "\r\nContent-Type: application/json\r\nContent-Length: " .. #body
		.. "\r\n\r\n" .. body
end
