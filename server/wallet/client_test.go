package wallet

import (
	"net/http"
	"testing"

	"pocketpass/server/issuer"
)

func TestWalletOf(t *testing.T) {
	for agent, want := range map[string]string{
		"":                                     issuer.WalletApple,
		"passd/1.0 CFNetwork/1500 Darwin/23.0": issuer.WalletApple,
		"WalletPasses/2.1 (Android 14)":        issuer.WalletPasses,
		"Pass2U/3 okhttp/4.9":                  issuer.WalletPass2U,
		"okhttp/4.9.0":                         issuer.WalletGoogle,
		"PassWallet 1.44":                      issuer.WalletPassWallet,
	} {
		r := &http.Request{Header: http.Header{"User-Agent": {agent}}}
		if got := walletOf(r); got != want {
			t.Errorf("%q is %s, want %s", agent, got, want)
		}
	}
	r := &http.Request{Header: http.Header{"X-Pass-Client": {"Passworks"}}}
	if got := walletOf(r); got != issuer.WalletPassworks {
		t.Errorf("the header says Passworks, got %s", got)
	}
}
