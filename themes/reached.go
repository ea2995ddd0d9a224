package themes

import (
	"cmp"
	"html/template"
	"text/template/parse"
)

// addReached adds to the templates of a page one of all that there are, and those that it comes to. Each page in each language
// has its own, since html/template decides in them how values are escaped: with all the partials that it has no use for, they
// were half of all objects in a server's memory.
func addReached(own, all *template.Template, name string) error {
	one := all.Lookup(name)
	if one == nil || one.Tree == nil || own.Lookup(name) != nil {
		return nil // what is missing is said where the page is shown
	}
	if _, err := own.AddParseTree(name, one.Tree); err != nil {
		return err
	}
	return eachCalled(one.Tree.Root, func(called string) error { return addReached(own, all, called) })
}

// eachCalled calls f with the name of each template that a list of nodes calls, until f returns an error.
func eachCalled(list *parse.ListNode, f func(name string) error) error {
	if list == nil {
		return nil
	}
	for _, n := range list.Nodes {
		var err error
		switch n := n.(type) {
		case *parse.TemplateNode:
			err = f(n.Name)
		case *parse.IfNode:
			err = eachBranch(&n.BranchNode, f)
		case *parse.WithNode:
			err = eachBranch(&n.BranchNode, f)
		case *parse.RangeNode:
			err = eachBranch(&n.BranchNode, f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func eachBranch(n *parse.BranchNode, f func(name string) error) error {
	return cmp.Or(eachCalled(n.List, f), eachCalled(n.ElseList, f))
}
