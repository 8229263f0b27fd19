// recall_lots.js - H-8-3 step 7: the stopped lots residents have received, and the word that one is
// dealt with; a new person opens it again.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get, post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { announce, focusOn, tag } from '../lib/page.js';
import { Form, area } from '../widgets/form.js';
import { nothingHere, table } from '../widgets/table.js';
import { moment } from './lists.js';
import { vaccineName } from './parts.js';

const id = (l) => `lot-${l.vaccine_code}-${l.lot_no}`;
const words = (l) => t(l.open > 0 ? 'recallLots.handle' : 'recallLots.back');

export class RecallLots {
	constructor(update) {
		Object.assign(this, { update, rows: [], chosen: null });
		this.form = new Form({ id: 'lot-form', title: t('recalls.title'), update,
			fields: { reason: { kind: area, label: t('correct.reason'), hint: t('recallLots.reasonHint'), required: true, rows: 2 } },
			submit: (values, key) => this.send(values, key) });
	}

	async load() {
		this.rows = (await get('/record/recalls/lots')).lots;
		return this;
	}

	async send({ reason }, key) {
		const { lot_no, vaccine_code, open } = this.chosen;
		const answer = await post('/record/recalls/handling', { lot_no, vaccine_code, handled: open > 0, reason }, { key });
		this.chosen = null;
		await this.load();
		this.update();
		announce(t(answer.handled ? 'recallLots.handled' : 'recallLots.taken', { lot: lot_no, n: answer.doses }));
		focusOn('lots');
	}

	choose(lot) {
		this.chosen = lot;
		this.form.fields.reason.hint = t(lot?.open === 0 ? 'recallLots.backHint' : 'recallLots.reasonHint');
		this.update();
		focusOn(lot ? 'lot-title' : 'lots');
	}

	columns() {
		return [
			{ key: 'lot', label: t('recalls.lot'), head: true, cell: (l) => html`<a class="yb-digits" href="/records/recalls?${new URLSearchParams({ purpose: '05', lot_no: l.lot_no,
				vaccine_code: l.vaccine_code })}">${l.lot_no}</a><span class="yb-sub">${vaccineName(l)}</span>` },
			{ key: 'doses', label: t('recallLots.doses'), number: true, cell: (l) => l.doses },
			{ key: 'state', label: t('requests.state'), cell: (l) => (l.open > 0 ? tag(t('recallLots.open', { n: l.open }), 'warn') : tag(t('recallLots.done'), 'good')) },
			{ key: 'last', label: t('recallLots.last'), cell: (l) => html`${moment(l.handled_at)}${l.handled_at ? html`<span class="yb-sub">${l.handled_by}</span><div
				class="yb-cell" lang="ja">${l.reason}</div>` : nothing}` },
			{ key: 'do', label: t('requests.do'), screen: true, cell: (l) => html`<button type="button" class="yb-button yb-button--small" id=${id(l)}
				@click=${() => this.choose(l)}>${words(l)}<span class="yb-hidden">${t('colon')}${l.lot_no}</span></button>` },
		];
	}

	view() {
		const { chosen: l } = this;
		return html`<section class="yb-screen">${this.form.summary()}<h2 id="lots" tabindex="-1">${t('recallLots.title')}</h2>
			${table({ labelledby: 'lots', columns: this.columns(), rows: this.rows, empty: nothingHere(t('recallLots.none')) })}
			${l ? html`<h3 id="lot-title" tabindex="-1">${words(l)}${t('colon')}${l.lot_no} ${vaccineName(l)}</h3>
				<p>${t(l.open > 0 ? 'recallLots.handleText' : 'recallLots.backText', { n: l.open })}</p>${this.form.view(this.form.field('reason'), { send: words(l),
					more: html`<button type="button" class="yb-button" @click=${() => this.choose(null)}>${t('recallLots.leave')}</button>` })}` : nothing}</section>`;
	}
}
