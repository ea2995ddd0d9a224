// Package repository publishes, revises and remixes resources.
//
// It is the one way by which anything gets into the bucket:
//
//	folder, form or upload ──▶ metadata.Check ──▶ license over the provenance graph ──▶ gitstore.Save ──▶ Catalog.Apply
//	                            every problem,      refused with the licenses            commit point      one SQL
//	                            file and line       that would do                        in the bucket     transaction
//
// What the bucket holds is the truth: a repository is a git history, and its manifest carries a record with the address
// and the ids of its resources. The Catalog is a projection that Heal brings up to date after a crash and that can be
// made anew from the bucket alone. Search and federation follow the catalog; this package knows of neither.
//
// A unit and its parts are one repository. Every part is a resource with an id of its own, and takes a new revision only
// when it changed.
package repository
