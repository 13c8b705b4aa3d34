package passtools

import (
	"pocketpass/server/access"
	"pocketpass/store"
)

// Who may do what.
var (
	readers = access.Any
	writers = []store.Role{store.Admin, store.Issuer}
)

// routes lists every endpoint. What ends in id/{externalId} is the same by external id.
var routes = []route{
	{"GET", "/system/status", nil, (*Service).status},

	{"GET", "/template/headers", readers, (*Service).listTemplates},
	{"GET", "/template/{templateId}", readers, (*Service).getTemplate},
	{"GET", "/template/id/{externalId}", readers, (*Service).getTemplate},
	{"POST", "/template", writers, (*Service).createTemplate},
	{"POST", "/template/{projectId}", writers, (*Service).createTemplate},
	{"POST", "/template/id/{externalId}", writers, (*Service).createTemplate},
	{"POST", "/template/{projectId}/id/{externalId}", writers, (*Service).createTemplate},
	{"PUT", "/template/{templateId}", writers, (*Service).replaceTemplate},
	{"PUT", "/template/id/{externalId}", writers, (*Service).replaceTemplate},
	{"DELETE", "/template/{templateId}", writers, (*Service).deleteTemplate},
	{"DELETE", "/template/id/{externalId}", writers, (*Service).deleteTemplate},
	{"POST", "/template/duplicate/{templateId}", writers, (*Service).duplicateTemplate},
	{"POST", "/template/duplicate/id/{externalId}", writers, (*Service).duplicateTemplate},

	{"GET", "/pass", readers, (*Service).listPasses},
	{"GET", "/pass/{passId}", readers, (*Service).getPass},
	{"GET", "/pass/id/{externalId}", readers, (*Service).getPass},
	{"POST", "/pass/{templateId}", writers, (*Service).createPass},
	{"POST", "/pass/{templateId}/id/{externalId}", writers, (*Service).createPass},
	{"POST", "/pass/id/{templateExternalId}", writers, (*Service).createPass},
	{"POST", "/pass/id/{templateExternalId}/id/{externalId}", writers, (*Service).createPass},
	{"PUT", "/pass/{passId}", writers, (*Service).updatePass},
	{"PUT", "/pass/id/{externalId}", writers, (*Service).updatePass},
	{"DELETE", "/pass/{passId}", writers, (*Service).deletePass},
	{"DELETE", "/pass/id/{externalId}", writers, (*Service).deletePass},
	{"PUT", "/pass/{passId}/push", writers, (*Service).pushPass},
	{"PUT", "/pass/id/{externalId}/push", writers, (*Service).pushPass},
	{"GET", "/pass/{passId}/download", readers, (*Service).downloadPass},
	{"GET", "/pass/id/{externalId}/download", readers, (*Service).downloadPass},
	{"GET", "/pass/{passId}/viewJSONPass", readers, (*Service).viewPass},
	{"GET", "/pass/id/{externalId}/viewJSONPass", readers, (*Service).viewPass},

	{"GET", "/download/pass/{uuid}", nil, (*Service).downloadPublic},
}
