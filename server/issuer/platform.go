package issuer

import "pocketpass/store"

// Wallets that say who they are when they register, besides Apple's.
const (
	WalletApple       = "apple"
	WalletGoogle      = "google"
	WalletPasses      = "walletpasses"
	WalletPass2U      = "pass2u"
	WalletPassWallet  = "passwallet"
	WalletPassworks   = "passworks"
	WalletOfSomeOther = "other"
)

// countInstall counts an installation by the kind of phone; n is 1, or -1 for one
// that is taken away.
func countInstall(tx store.Tx, p store.Pass, wallet string, n int) {
	added := map[string]store.Metric{
		"": store.InstallsApple, WalletApple: store.InstallsApple, WalletPassworks: store.InstallsApple,
		WalletGoogle: store.InstallsAndroid, WalletPasses: store.InstallsAndroid, WalletPass2U: store.InstallsAndroid, WalletPassWallet: store.InstallsAndroid,
	}
	m, known := added[wallet]
	if !known {
		m = store.InstallsOther
	}
	if n < 0 {
		m += store.UninstallsApple - store.InstallsApple
	}
	tx.Tally(m, 1, scopes(Actor{}, &p)...)
}
