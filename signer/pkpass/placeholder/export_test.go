package placeholder

import "pocketpass/signer/pkpass"

// Rules are all findings, for tests of the README.
var Rules = []pkpass.Finding{malformed, undefined, empty, optional, misfit, loop, tooMany, tooLong}

// FormatNames are all formats.
var FormatNames = formatNames
