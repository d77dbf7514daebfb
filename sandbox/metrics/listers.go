package metrics

// The handlers ask for Pods and Nodes by client-go's listers; these are over whatever a Cluster has.

import (
	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

// podLister lists Pods of all namespaces.
type podLister struct{ cluster Cluster }

var _ cache.GenericLister = podLister{}

func (p podLister) List(selector labels.Selector) ([]runtime.Object, error) {
	return podsOf{p.cluster, metav1.NamespaceAll}.List(selector)
}

func (p podLister) Get(name string) (runtime.Object, error) {
	return nil, apierrors.NewNotFound(v1.Resource("pods"), name) // it has a namespace
}

func (p podLister) ByNamespace(namespace string) cache.GenericNamespaceLister {
	return podsOf{p.cluster, namespace}
}

// podsOf lists the Pods of one namespace, or of all where it is empty.
type podsOf struct {
	cluster   Cluster
	namespace string
}

func (p podsOf) List(selector labels.Selector) ([]runtime.Object, error) {
	var found []runtime.Object
	for _, pod := range p.cluster.Pods() {
		if (p.namespace == metav1.NamespaceAll || pod.Namespace == p.namespace) && selector.Matches(labels.Set(pod.Labels)) {
			found = append(found, metadata(pod))
		}
	}
	return found, nil
}

func (p podsOf) Get(name string) (runtime.Object, error) {
	for _, pod := range p.cluster.Pods() {
		if pod.Namespace == p.namespace && pod.Name == name {
			return metadata(pod), nil
		}
	}
	return nil, apierrors.NewNotFound(v1.Resource("pods"), name)
}

func metadata(pod *v1.Pod) *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{ObjectMeta: pod.ObjectMeta}
}

// nodeLister lists Nodes.
type nodeLister struct{ cluster Cluster }

var _ listers.NodeLister = nodeLister{}

func (n nodeLister) List(selector labels.Selector) ([]*v1.Node, error) {
	var found []*v1.Node
	for _, node := range n.cluster.Nodes() {
		if selector.Matches(labels.Set(node.Labels)) {
			found = append(found, node)
		}
	}
	return found, nil
}

func (n nodeLister) Get(name string) (*v1.Node, error) {
	for _, node := range n.cluster.Nodes() {
		if node.Name == name {
			return node, nil
		}
	}
	return nil, apierrors.NewNotFound(v1.Resource("nodes"), name)
}
