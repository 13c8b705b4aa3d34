//go:build pocketpass_nosync

package cli

// noSync makes a program that loses acknowledged changes when the power is cut.
// The crash test builds one to show that it would notice.
const noSync = true
