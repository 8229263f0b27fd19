// steps.mjs - what the ways to the screens have in common.

export const problem = (status, error_id, title, detail, more = {}) => ({ status, body: { status, error_id, title, detail,
	trace_id: '8F3A-21KQ', ...more.errors ? { errors: more.errors } : {} }, headers: more.headers ?? {} });

// A field that is not there fails with what the page says instead.
export const fill = (b, values) => b.run(`for (const [id, value] of Object.entries(arguments[0])) {
	const e = document.getElementById(id);
	if (!e)
		throw new Error('no field ' + id + ' on ' + location.pathname + ': ' + document.body.innerText.replace(/\\s+/g, ' ').slice(0, 400));
	e.value = value;
	e.dispatchEvent(new Event('change'));
}`, values);
export const send = async (b, form = 'form') => { await b.run(`document.querySelector('${form} button[type=submit]').click()`); };
export const failed = (b) => b.until("document.activeElement?.id === 'summary'");
export const focus = (b, id) => b.until(`document.activeElement?.id === '${id}'`);
export const open = async (b, path) => { await b.page(path); await b.shown(); };
