package session

// How the nodes come by their addresses: the subnets' pools, and the settings of aws-node.

import (
	"context"
	"fmt"
	"net/netip"
	"path/filepath"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sandbox/eks"
	simulated "sandbox/runtime"
	"sandbox/subnet"
)

// openPools opens the subnets and gives back what nodes held that are not wanted any more.
func (s *Session) openPools(wanted []*member) error {
	for _, configured := range s.config.Subnets {
		file := filepath.Join(s.config.Folder, "addresses-"+configured.Name+".json")
		pool, err := subnet.OpenPool(file, netip.MustParsePrefix(configured.CIDR))
		if err != nil {
			return err
		}
		s.pools[configured.Name] = pool
		var names []string
		for _, m := range wanted {
			if m.Spec.Subnet == configured.Name {
				names = append(names, m.Spec.Name)
			}
		}
		if err := pool.Keep(names); err != nil {
			return err
		}
	}
	return nil
}

// join gives the nodes their addresses in this order, as node groups get them that were made one after the other.
func (s *Session) join(members []*member) error {
	bySubnet := map[string][]subnet.Member{}
	for _, m := range members {
		instance, err := eks.FindInstanceType(m.Spec.InstanceType)
		if err != nil {
			return fmt.Errorf("node `%s`: %w", m.Spec.Name, err)
		}
		limits := subnet.Limits{Interfaces: instance.NetworkInterfaces, AddressesPerInterface: instance.AddressesPerInterface, Pods: instance.MaxPods()}
		joining := subnet.Member{Name: m.Spec.Name, Address: netip.MustParseAddr(m.Spec.Address), Limits: limits}
		bySubnet[m.Spec.Subnet] = append(bySubnet[m.Spec.Subnet], joining)
	}
	for name, joining := range bySubnet {
		if err := s.pools[name].Join(joining...); err != nil {
			return fmt.Errorf("failed to give the nodes in subnet `%s` their addresses: %w", name, err)
		}
	}
	return nil
}

// vpcCNI is the image of ipamd.
const vpcCNI = "602401143452.dkr.ecr.*.amazonaws.com/amazon-k8s-cni"

// runIPAMD lets a node's pool follow the environment of its container of aws-node, from its start on.
func (s *Session) runIPAMD(addresses *subnet.Node) func(context.Context, simulated.Started) {
	return func(_ context.Context, started simulated.Started) {
		if started.Namespace != metav1.NamespaceSystem || started.Container != "aws-node" {
			return
		}
		// ipamd writes to a file of the node unless it is told otherwise.
		log := started.Log
		if started.Environment["AWS_VPC_K8S_CNI_LOG_FILE"] != "stdout" {
			log = nil
		}
		if err := addresses.StartIPAMD(subnet.ParseSettings(started.Environment), log, started.Resumed); err != nil {
			s.log.Error("settings of aws-node not written down", "pod", started.Pod, "error", err)
		}
	}
}

func (s *Session) closePools() {
	for _, pool := range s.pools {
		pool.Close()
	}
}
