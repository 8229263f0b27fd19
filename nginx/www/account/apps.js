// apps.js - what the pages of applications share.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { has, t } from '../lib/i18n.js';
import { tag } from '../lib/page.js';

const KINDS = { WAITING: 'warn', ISSUED: 'good', REJECTED: 'bad', EXPIRED: 'plain' };
export const STATES = Object.keys(KINDS);
export const TYPES = ['MUNI', 'HMI', 'NMI', 'NHIF', 'NHIC', 'MHLW', 'OPS'];

export const appPath = (no, more = '') => `/account/applications/${encodeURIComponent(no)}${more}`;
export const stateTag = (a) => tag(t(`apps.${a.state}`), KINDS[a.state]);
export const typeText = (type) => (has(`orgType.${type}`) ? t(`orgType.${type}`) : type);
export const onboardingText = (word) => (has(`onboarding.${word}`) ? t(`onboarding.${word}`) : word);
export const prefText = (code) => (has(`pref.${code}`) ? t(`pref.${code}`) : t('none'));

export const orgOf = (a) => html`<span lang="ja">${a.org_name}</span><span class="yb-sub">${typeText(a.org_type)}${t('comma')}<span
	class="yb-digits">${a.org_code}</span>${a.org_is_new ? html`${t('comma')}${t('apps.newOrg')}` : nothing}</span>`;
