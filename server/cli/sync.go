//go:build !pocketpass_nosync

package cli

// noSync is false in every program that anybody should run: what is acknowledged
// is on disk.
const noSync = false
