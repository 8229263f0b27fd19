// masters.js - what the masters say that registering a vaccination needs (M12, M13).

import { get } from '../lib/api.js';

// The vaccines as the master has them today: [{ code, short_ja, route, dose_ml }].
export async function vaccines() {
	const { rows } = await get('/master/masters/M12/rows?limit=500');
	return rows.map((row) => row.values);
}

// What the product master says of a lot: [{ vaccine_code, gtin14, expiry, lot_status }].
export async function lots(lotNo) {
	const { rows } = await get(`/master/masters/M13/rows?q=${encodeURIComponent(lotNo)}`);
	return rows.map((row) => row.values).filter((v) => v.lot_no === lotNo);
}
