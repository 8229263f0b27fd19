// parameter.js - H-8-6: a number of the programs (M43, M55) in words: what it means, what counts
// now, between which bounds it may be set.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { get } from '../lib/api.js';
import { has, t } from '../lib/i18n.js';
import { facts, tag } from '../lib/page.js';

export const PARAMETER_MASTERS = ['M43', 'M55'];

export const loadParameters = async () => (await get('/master/parameters')).parameters;

export const areaOf = ({ key }) => key.slice(0, key.indexOf('.'));
export const areaText = (area) => (has(`parameterArea.${area}`) ? t(`parameterArea.${area}`) : area);
export const unitText = ({ unit }) => (unit && has(`unit.${unit}`) ? t(`unit.${unit}`) : unit ?? '');

// What nobody has put into words yet stands as the program says it.
export const meaning = (p) => (has(`parameter.${p.key}`) ? t(`parameter.${p.key}`) : p.note);
export const meaningView = (p) => (has(`parameter.${p.key}`) ? t(`parameter.${p.key}`) : html`<span lang="en">${p.note}</span>`);

export const amount = (p, value) => `${Number(value).toLocaleString()}${unitText(p)}`;
export const rangeText = (p) => t('parameters.range', { min: amount(p, p.min), max: amount(p, p.max) });

export const twoTag = (p) => (p.security ? html` ${tag(t('parameters.two'), 'warn')}` : nothing);

// Of the one that is about to be set.
export const parameterFacts = (p) => facts([[t('parameters.key'), html`<span class="yb-code">${p.key}</span>${twoTag(p)}`],
	[t('parameters.meaning'), meaningView(p)],
	[t('parameters.value'), html`<strong>${amount(p, p.value)}</strong>`],
	[t('parameters.normal'), amount(p, p.normal)],
	[t('parameters.bounds'), rangeText(p)]]);

// The bounds of the field of its value, as the page says them.
export const outside = (p, value) => (value !== undefined && value !== '' && (Number(value) < p.min || Number(value) > p.max)
	? [{ name: 'c_value', text: t('parameters.outside', { range: rangeText(p) }) }] : []);
