// user-state.js - H-1-4: one step with an account: what it does, why it is taken, what came of it.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { Problem, post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { crumb, facts, focusOn, notice, setTitle } from '../lib/page.js';
import { Form } from '../widgets/form.js';
import { STEPS, deliverField, readUser, reasonField, stepsOf, userFacts, userPath } from './accounts.js';
import { Handover } from './handover.js';

async function take(step, user, { reason, deliver }, key) {
	if (step !== 'factor-reset')
		return post(userPath(user.user_id, '/state'), { operation: step, reason, ...deliver ? { deliver } : {} }, { key, etag: user.etag });
	await post(userPath(user.user_id, '/factor-reset'), { reason }, { key });
	return { user: await readUser(user.user_id) };
}

export async function init({ params, update }) {
	const step = params.step;
	if (!Object.hasOwn(STEPS, step))
		throw new Problem(404, null);
	const user = await readUser(params.user_id);
	const state = { step, user, issued: null, handover: null, changed: false };
	state.form = new Form({
		title: t(`step.${step}`), update,
		fields: { ...(STEPS[step].temp ? { deliver: deliverField(user.self_reset) } : {}), reason: reasonField(t(`step.${step}Reason`)) },
		async submit(values, key) {
			try {
				state.issued = await take(step, state.user, values, key);
			} catch (e) {
				if (e.status !== 412)
					throw e;
				Object.assign(state, { changed: true, user: await readUser(user.user_id) });
				update();
				focusOn('changed');
				return;
			}
			state.handover = STEPS[step].temp ? new Handover(state.issued, update) : null;
			update();
			setTitle(t(`step.${step}Done`));
			focusOn('done');
		},
	});
	return state;
}

const back = (id) => html`<a class="yb-button" href="/users/${id}">${t('userEdit.back')}</a>`;

const finished = ({ step, issued: { user }, handover }) => html`<h1 id="done" tabindex="-1">${t(`step.${step}Done`)}</h1>
	${notice(t('step.told'), nothing, 'good')}${facts(userFacts(user))}${handover?.view() ?? nothing}
	${handover?.once ? nothing : html`<div class="yb-actions">${back(user.user_id)}<a class="yb-button" href="/users">${t('user.toList')}</a></div>`}`;

// Why there is nothing to send here, or null.
const barred = ({ step, user }, session) => (user.user_id === session.user.user_id ? ['user.self', 'user.selfText']
	: stepsOf(user).includes(step) ? null : ['step.notNow', 'step.notNowText']);

function ask(state, session) {
	const why = barred(state, session);
	const { step, user } = state;
	return html`${state.form.summary()}<h1>${t(`step.${step}`)}</h1>
		${state.changed ? html`<div id="changed" tabindex="-1">${notice(t('step.changed'), html`<p>${t('step.changedText')}</p>`, 'warn')}</div>` : nothing}
		${why ? notice(t(why[0]), html`<p>${t(why[1])}</p>`) : notice(t(`step.${step}Head`), html`<ul class="yb-list">${t(`step.${step}What`).split('\n')
			.map((line) => html`<li>${line}</li>`)}</ul>`, step === 'delete' ? 'bad' : 'warn')}
		${facts(userFacts(user))}
		${why ? html`<div class="yb-actions">${back(user.user_id)}</div>` : state.form.view(Object.keys(state.form.fields).map((name) =>
			state.form.field(name)), { send: t(`step.${step}Send`), more: back(user.user_id) })}`;
}

export const view = (state, update, { session }) => html`${crumb([['/users', t('users.title')],
	[`/users/${state.user.user_id}`, state.user.user_id]], t(`step.${state.step}`))}${state.issued ? finished(state) : ask(state, session)}`;
