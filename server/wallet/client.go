package wallet

import (
	"net/http"
	"strings"

	"pocketpass/server/issuer"
)

// agents are words in the User-Agent of wallets other than Apple's, whose own says
// passd or CFNetwork.
var agents = []struct{ word, wallet string }{
	{"passworks", issuer.WalletPassworks}, {"walletpasses", issuer.WalletPasses}, {"pass2u", issuer.WalletPass2U},
	{"passwallet", issuer.WalletPassWallet}, {"google", issuer.WalletGoogle},
	{"android", issuer.WalletGoogle}, {"dalvik", issuer.WalletGoogle}, {"okhttp", issuer.WalletGoogle},
}

// walletOf says which wallet a device's request comes from.
func walletOf(r *http.Request) string {
	if strings.EqualFold(r.Header.Get("X-Pass-Client"), "passworks") {
		return issuer.WalletPassworks
	}
	agent := strings.ToLower(r.UserAgent())
	for _, a := range agents {
		if strings.Contains(agent, a.word) {
			return a.wallet
		}
	}
	return issuer.WalletApple
}
