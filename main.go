// Pocketpass issues, signs, updates, redeems and pushes passes for Apple Wallet.
package main

import (
	"context"
	"os"

	"pocketpass/server/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}
