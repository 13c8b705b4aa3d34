package passworks

import "pocketpass/server/issuer"

// wallet is an app that holds passes.
type wallet struct {
	name   string // of registrations
	kind   string // of webhooks, which name Apple's differently
	system string
}

// walletOf is a wallet by the engine's word for it.
func walletOf(word string) wallet {
	if w, ok := wallets[word]; ok {
		return w
	}
	return wallets[issuer.WalletApple]
}

var wallets = map[string]wallet{
	issuer.WalletApple:       {"passbook", "apple_wallet", "ios"},
	issuer.WalletPassworks:   {"passworks_wallet", "passworks_wallet", "ios"},
	issuer.WalletGoogle:      {"google_wallet", "google_wallet", "android"},
	issuer.WalletPasses:      {"wallet_passes", "wallet_passes", "android"},
	issuer.WalletPass2U:      {"pass2u", "pass2u", "android"},
	issuer.WalletPassWallet:  {"passwallet", "passwallet", "android"},
	issuer.WalletOfSomeOther: {"wallet_passes", "wallet_passes", "wp"},
}
