// show.js - one job by its number: where it is, what it found, and the word that is still to be
// said. A file that did not come whole is chosen again and goes on where it stopped.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { crumb } from '../lib/page.js';
import { Job, stepOf } from '../widgets/job.js';
import { Upload, steps } from '../widgets/upload.js';

export async function init({ params, update }) {
	const { data, etag } = await call('GET', `/jobs/${encodeURIComponent(params.job_no)}`);
	const job = new Job({ id: params.job_no, update });
	const state = { title: data.title, out: data.export, job, upload: null };
	if (data.state === 'UPLOADING') {
		state.upload = new Upload({ kind: data.kind, resume: data, update, address: () => {}, done: () => { state.upload = null; job.start(); },
			follow: () => null });
	}
	Object.assign(job, { job: data, etag });
	return state;
}

export function ready({ job, upload }) {
	if (!upload)
		job.start();
}

export const view = (state) => html`${crumb([['/jobs', t('jobs.title')]], state.job.id)}
	<h1 lang="ja">${state.title}</h1>
	${state.upload ? html`${state.upload.view()}${state.job.view()}`
		: html`${state.out ? nothing : steps(stepOf(state.job.job))}${state.job.view()}`}`;
