package issuer

import "golang.org/x/text/language"

// wording is the usual text of a letter in one language.
type wording struct {
	subject       string // of the pass's description
	greeting      string
	greetingNamed string // of the name
	body          string // of description and organisation
	open          string // says what the link is for
	footer        string // of organisation and campaign
	sms           string // of description and organisation; the link follows
}

// letterLanguages are those of wordings. The first is for readers of all others.
var letterLanguages = []string{"en", "de", "es", "fr", "it", "nl", "pt"}

var lettersIn = func() language.Matcher {
	tags := make([]language.Tag, len(letterLanguages))
	for n, tag := range letterLanguages {
		tags[n] = language.Make(tag)
	}
	return language.NewMatcher(tags)
}()

var wordings = map[string]wording{
	"en": {
		subject: "Your pass: %s", greeting: "Hello,", greetingNamed: "Hello %s,",
		body:   "Here is your pass “%s” from %s. Open the link on your phone to add the pass to your wallet, or scan the code with your phone.",
		open:   "Open the pass",
		footer: "You receive this message from %s because a pass was issued to you (%s).",
		sms:    "Your pass %s from %s:",
	},
	"de": {
		subject: "Ihre Karte: %s", greeting: "Guten Tag,", greetingNamed: "Guten Tag %s,",
		body:   "hier ist Ihre Karte „%s“ von %s. Öffnen Sie den Link auf Ihrem Telefon, um die Karte zu Ihrer Wallet hinzuzufügen, oder scannen Sie den Code mit Ihrem Telefon.",
		open:   "Karte öffnen",
		footer: "Sie erhalten diese Nachricht von %s, weil eine Karte für Sie ausgestellt wurde (%s).",
		sms:    "Ihre Karte %s von %s:",
	},
	"es": {
		subject: "Su pase: %s", greeting: "Hola:", greetingNamed: "Hola, %s:",
		body:   "Aquí tiene su pase «%s» de %s. Abra el enlace en su teléfono para añadir el pase a su cartera, o escanee el código con el teléfono.",
		open:   "Abrir el pase",
		footer: "Recibe este mensaje de %s porque se ha emitido un pase para usted (%s).",
		sms:    "Su pase %s de %s:",
	},
	"fr": {
		subject: "Votre carte : %s", greeting: "Bonjour,", greetingNamed: "Bonjour %s,",
		body:   "Voici votre carte « %s » de %s. Ouvrez le lien sur votre téléphone pour ajouter la carte à votre portefeuille, ou scannez le code avec votre téléphone.",
		open:   "Ouvrir la carte",
		footer: "Vous recevez ce message de %s car une carte a été émise pour vous (%s).",
		sms:    "Votre carte %s de %s :",
	},
	"it": {
		subject: "La tua tessera: %s", greeting: "Ciao,", greetingNamed: "Ciao %s,",
		body:   "ecco la tua tessera «%s» di %s. Apri il link sul telefono per aggiungere la tessera al tuo wallet, oppure scansiona il codice con il telefono.",
		open:   "Apri la tessera",
		footer: "Ricevi questo messaggio da %s perché è stata emessa una tessera per te (%s).",
		sms:    "La tua tessera %s di %s:",
	},
	"nl": {
		subject: "Uw pas: %s", greeting: "Hallo,", greetingNamed: "Hallo %s,",
		body:   "Hier is uw pas ‘%s’ van %s. Open de link op uw telefoon om de pas aan uw wallet toe te voegen, of scan de code met uw telefoon.",
		open:   "Pas openen",
		footer: "U ontvangt dit bericht van %s omdat er een pas voor u is uitgegeven (%s).",
		sms:    "Uw pas %s van %s:",
	},
	"pt": {
		subject: "O seu cartão: %s", greeting: "Olá,", greetingNamed: "Olá, %s,",
		body:   "Aqui está o seu cartão “%s” de %s. Abra a ligação no telemóvel para adicionar o cartão à sua carteira, ou leia o código com o telemóvel.",
		open:   "Abrir o cartão",
		footer: "Recebe esta mensagem de %s porque foi emitido um cartão para si (%s).",
		sms:    "O seu cartão %s de %s:",
	},
}
