package eks

// What the AWS cloud controller manager does to a new Node. It looks at the Node through a watch and
// writes it with patches; it knows nothing of how the node runs.

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
	"k8s.io/client-go/util/retry"
	cloudproviderapi "k8s.io/cloud-provider/api"
)

// cloudController is the field manager of everything Join writes.
const cloudController = "aws-cloud-controller-manager"

// Join waits until the Node exists and initialises it as the AWS cloud controller does: addresses,
// provider id, instance-type, region and zone labels; last it takes the taint
// `node.cloudprovider.kubernetes.io/uninitialized` off, so that Pods can be scheduled.
//
// It returns when the Node is initialised. A Node that already was is left as it is.
//
// # Errors
//
// When ctx ends first, or when the API server refuses one of the patches.
func Join(ctx context.Context, client kubernetes.Interface, f NodeFacts) error {
	selector := fields.OneTermEqualSelector(metav1.ObjectNameField, f.Name).String()
	nodes := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			options.FieldSelector = selector
			return client.CoreV1().Nodes().List(ctx, options)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.FieldSelector = selector
			return client.CoreV1().Nodes().Watch(ctx, options)
		},
	}
	// A client that cannot stream a list, such as a test's, is asked for it in the old way.
	source := cache.ToListWatcherWithWatchListSemantics(nodes, client)
	_, err := watchtools.UntilWithSync(ctx, source, &v1.Node{}, nil, func(event watch.Event) (bool, error) {
		node, isNode := event.Object.(*v1.Node)
		if !isNode || event.Type == watch.Deleted {
			return false, nil
		}
		return true, initialise(ctx, client, node, f)
	})
	if err != nil {
		return fmt.Errorf("failed to join node `%s` to the cloud: %w", f.Name, err)
	}
	return nil
}

func initialise(ctx context.Context, client kubernetes.Interface, node *v1.Node, f NodeFacts) error {
	if !hasTaint(node) && node.Spec.ProviderID != "" {
		return nil
	}
	status := map[string]any{"status": map[string]any{"addresses": addresses(f)}}
	if err := patch(ctx, client, f.Name, status, "status"); err != nil {
		return fmt.Errorf("its addresses: %w", err)
	}
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		current, err := client.CoreV1().Nodes().Get(ctx, f.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		// A patch replaces the list of taints as a whole: it names the version it was made from, so that
		// the API server refuses it when somebody else changed the Node in between.
		return patch(ctx, client, f.Name, map[string]any{
			"metadata": map[string]any{"resourceVersion": current.ResourceVersion, "labels": cloudLabels(f)},
			"spec": map[string]any{
				"providerID": ProviderID(f.Zone, f.Name),
				"taints":     slices.DeleteFunc(current.Spec.Taints, isUninitialised),
			},
		})
	})
}

func hasTaint(node *v1.Node) bool {
	return slices.ContainsFunc(node.Spec.Taints, isUninitialised)
}

func isUninitialised(taint v1.Taint) bool {
	return taint.Key == cloudproviderapi.TaintExternalCloudProvider
}

func addresses(f NodeFacts) []v1.NodeAddress {
	return []v1.NodeAddress{
		{Type: v1.NodeInternalIP, Address: f.Address},
		{Type: v1.NodeInternalDNS, Address: f.Name},
		{Type: v1.NodeHostName, Address: f.Name},
	}
}

func patch(ctx context.Context, client kubernetes.Interface, name string, change any, subresources ...string) error {
	body, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("failed to write a patch: %w", err)
	}
	options := metav1.PatchOptions{FieldManager: cloudController}
	_, err = client.CoreV1().Nodes().Patch(ctx, name, types.StrategicMergePatchType, body, options, subresources...)
	return err
}
