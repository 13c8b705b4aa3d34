package kony_test

import (
	"fmt"
	"testing"
	"time"

	"pocketpass/server/compat/compattest"
)

// walletURL is a call of Kony's beneath the address of Apple's own calls.
func walletURL(path string) string { return "/wallet" + path[len(prefix):] }

// BenchmarkUpload hands over a new version of a pass in turn natively and here.
func BenchmarkUpload(b *testing.B) {
	d := open(b)
	d.enter(b)
	var files [][]byte
	header := ""
	for n := range 64 {
		var body []byte
		body, header = form(b, [2]string{"file/bonus.pkpass", string(d.file(b, points(n)))})
		files = append(files, body)
	}
	n := 0
	next := func() []byte {
		n++
		return files[n%len(files)]
	}
	compattest.Compare(b,
		func() { d.Send(b, "POST", "/api/v1/passes/files", next(), header).Status(b, 200) },
		func() { d.anyone.Post(b, passURL, next(), "authToken: "+d.token, header).Status(b, 200) })
}

// BenchmarkLatest fetches a pass as Wallet does, beneath either address.
func BenchmarkLatest(b *testing.B) {
	d := open(b)
	d.enter(b)
	header := "Authorization: ApplePass " + secret
	compattest.Compare(b,
		func() { d.anyone.Get(b, walletURL(latestURL), header).Status(b, 200) },
		func() { d.anyone.Get(b, latestURL, header).Status(b, 200) })
}

// BenchmarkList lists the 25 passes of a device.
func BenchmarkList(b *testing.B) {
	d := open(b)
	for n := range 25 {
		name := fmt.Sprintf("B-%d", n)
		d.uploadAs(b, passURL[:len(passURL)-len(serial)]+name, d.token, d.file(b, members{"serialNumber": name})).Status(b, 200)
		d.register(b, registerURL[:len(registerURL)-len(serial)]+name, secret).Status(b, 201)
	}
	compattest.Compare(b,
		func() {
			d.Clock.Advance(time.Second) // lists are open, and limited
			d.anyone.Get(b, walletURL(listURL)).Status(b, 200)
		},
		func() {
			d.Clock.Advance(time.Second)
			d.anyone.Post(b, listURL, nil).Status(b, 200)
		})
}

// BenchmarkRegister registers a device anew for a pass that it has.
func BenchmarkRegister(b *testing.B) {
	d := open(b)
	d.enter(b)
	body, header := `{"pushToken":"0f3c9a175be2d84491a0c6fe7720b3d84e5f6a7b8c9d0e1fa2b3c4d5e6f70819"}`, "Authorization: ApplePass "+secret
	compattest.Compare(b,
		func() { d.anyone.Post(b, walletURL(registerURL), body, header).Status(b, 200) },
		func() { d.anyone.Post(b, registerURL, body, header).Status(b, 200) })
}
