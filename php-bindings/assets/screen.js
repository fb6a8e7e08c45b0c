/*
 * The ServerPilot page without waiting: buttons work in the background, a check of many names shows how far it has
 * come, records are copied. Everything works without it too; must not decide anything.
 */
(() => {
	'use strict';

	const page = document.getElementById( 'serverpilot' );
	const settings = window.serverpilotScreen;
	if ( ! page || ! settings ) {
		return;
	}
	const live = document.getElementById( 'serverpilot-live' );
	const say = ( text ) => {
		live.textContent = text;
	};

	/* One question at a time: the server does a part of the work for each. */
	const PAUSE = 1500;
	const TRIES = 5;

	page.addEventListener( 'submit', ( event ) => {
		const form = event.target;
		const button = event.submitter;
		if ( ! form.hasAttribute( 'data-serverpilot-form' ) || event.defaultPrevented ) {
			return;
		}
		event.preventDefault();
		if ( form.hasAttribute( 'aria-busy' ) ) {
			return;
		}
		const body = new FormData( form );
		if ( button && button.name ) {
			body.append( button.name, button.value );
		}
		const bar = document.createElement( 'progress' );
		bar.className = 'serverpilot-busy';
		bar.setAttribute( 'aria-label', settings.working );
		( button || form ).insertAdjacentElement( button ? 'afterend' : 'beforeend', bar );
		form.setAttribute( 'aria-busy', 'true' );
		say( settings.working );
		// Not form.action: the table's form has a field of that name.
		fetch( form.getAttribute( 'action' ), { method: 'POST', body, credentials: 'same-origin', headers: { Accept: 'application/json' } } )
			.then( ( answer ) => ( answer.ok ? answer.json() : Promise.reject( answer.status ) ) )
			.then( ( answer ) => window.location.assign( answer.location ) )
			.catch( () => {
				bar.remove();
				form.removeAttribute( 'aria-busy' );
				showFailure( form, settings.failed );
			} );
	} );

	const showFailure = ( beside, text ) => {
		let box = page.querySelector( '.serverpilot-failure' );
		if ( ! box ) {
			box = document.createElement( 'div' );
			box.className = 'notice notice-error inline serverpilot-failure';
			box.appendChild( document.createElement( 'p' ) );
			beside.insertAdjacentElement( 'beforebegin', box );
		}
		box.firstChild.textContent = text;
		say( text );
	};

	/* Without a clipboard (http) the text is selected, and the old command copies it. */
	const copy = ( text ) => {
		if ( navigator.clipboard && window.isSecureContext ) {
			return navigator.clipboard.writeText( text );
		}
		const field = document.createElement( 'textarea' );
		field.value = text;
		field.className = 'screen-reader-text';
		page.appendChild( field );
		field.select();
		const isCopied = document.execCommand( 'copy' );
		field.remove();
		return isCopied ? Promise.resolve() : Promise.reject( new Error( 'copy' ) );
	};

	page.querySelectorAll( '[data-serverpilot-copy]' ).forEach( ( button ) => {
		button.hidden = false;
		button.addEventListener( 'click', () => {
			copy( button.dataset.serverpilotCopy ).then( () => {
				button.focus();
				button.firstChild.textContent = settings.copied + ' ';
				say( settings.copied );
			} ).catch( () => {
				window.getSelection().selectAllChildren( button.closest( 'tr' ) );
			} );
		} );
	} );

	/* The parts of the page that say how things are, as they are now. */
	const refresh = () => fetch( window.location.href, { credentials: 'same-origin' } )
		.then( ( answer ) => ( answer.ok ? answer.text() : Promise.reject( answer.status ) ) )
		.then( ( text ) => {
			const now = new DOMParser().parseFromString( text, 'text/html' );
			[ '.serverpilot-summary', '.subsubsub', '#the-list', '.serverpilot-panels' ].forEach( ( selector ) => {
				const here = page.querySelector( selector );
				const there = now.querySelector( '#serverpilot ' + selector );
				if ( here && there && ! here.contains( document.activeElement ) ) {
					here.replaceChildren( ...there.childNodes );
				}
			} );
		} );

	const job = page.querySelector( '[data-serverpilot-job]' );
	if ( job ) {
		const bar = job.querySelector( 'progress' );
		const label = job.querySelector( 'label' );
		const body = new URLSearchParams( { action: 'serverpilot_progress', _ajax_nonce: settings.nonce } );
		let failures = 0;
		const next = () => fetch( settings.ajax, { method: 'POST', body, credentials: 'same-origin' } )
			.then( ( answer ) => answer.json() )
			.then( ( answer ) => {
				failures = 0;
				if ( ! answer.success ) {
					showFailure( job, ( answer.data && answer.data.message ) || settings.failed );
					return;
				}
				const isDone = answer.data.done === null;
				bar.value = isDone ? bar.max : answer.data.done;
				bar.max = answer.data.total || bar.max;
				if ( label.textContent !== answer.data.text ) {
					label.textContent = answer.data.text;
					say( answer.data.text );
				}
				if ( isDone ) {
					refresh().catch( () => showFailure( job, settings.failed ) );
				} else {
					window.setTimeout( next, PAUSE );
				}
			} )
			.catch( () => {
				failures++;
				if ( failures < TRIES ) {
					window.setTimeout( next, PAUSE * failures );
				} else {
					showFailure( job, settings.failed );
				}
			} );
		say( label.textContent );
		next();
	}

	const result = page.querySelector( '.serverpilot-result' );
	if ( result ) {
		result.focus();
	}
} )();
