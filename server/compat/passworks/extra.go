package passworks

import "pocketpass/store"

// extraOf is what a webhook says beyond the pass.
func extraOf(r store.Reader, d store.Delivery, was happening) (details, error) {
	out, detail := details{"pass_id": d.Subject.UUID()}, was.Detail
	switch told[d.Type] {
	case "installed", "uninstalled":
		w := walletOf(detail["wallet"])
		out["registration_id"], out["ip"] = detail["registration"], was.Address
		out["device_os"], out["device_app_vendor"], out["wallet_type"] = w.system, w.name, w.kind
	case "downloaded", "fetched":
		out["ip"] = was.Address
	case "redeemed":
		return out, addRedeem(r, d, detail, out)
	}
	return out, nil
}

// details is an object whose members depend on what it is about.
type details map[string]any

func addRedeem(r store.Reader, d store.Delivery, detail map[string]string, out details) error {
	id, _ := store.ParseShort(detail["redemption"])
	e, err := r.Entry(d.Org, id)
	out["redeem_id"], out["redeem_code"], out["comment"] = id.UUID(), e.Code.Text, nil
	if e.Note.Text != "" {
		out["comment"] = e.Note.Text
	}
	return err
}
