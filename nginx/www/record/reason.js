// reason.js - why a record is corrected or cancelled: what both ask.

import { call } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { area, select } from '../widgets/form.js';

const REASONS = ['INPUT', 'PAPER', 'PERSON', 'DOUBLE', 'OTHER'];

export const reasonFields = () => ({
	reason_code: { kind: select, label: t('correct.reason'), required: true, width: 'number',
		options: [['', t('form.choosePlease')], ...REASONS.map((r) => [r, t(`reason.${r}`)])] },
	reason_text: { kind: area, label: t('correct.text'), hint: t('correct.textHint'), required: false, rows: 2 },
});
export const reasonCheck = (v) => (v.reason_code === 'OTHER' && !v.reason_text
	? [{ name: 'reason_text', text: t('form.enter', { label: t('correct.text') }) }] : []);

// With the ETag that the change is asked under.
export const readAll = (id) => call('GET', `/record/vaccinations/${encodeURIComponent(id)}`);
