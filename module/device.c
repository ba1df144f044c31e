// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device that the packets of a transfer leave by, and what it can do.
 *
 * Which one is noted by each send. What it can do is looked up when a receipt
 * is read, by who reads it, in his network namespace: it costs no transfer
 * anything, and where the device is not to be found, nothing is said.
 *
 * The device's own features are what counts, not the socket's, which TCP sets for
 * whatever can segment. And DMA is done by what is on the bus: for a device that
 * stands on others that is each card below it; for a card of virtio, which is no
 * such device, the first above it that has a mask. What holds for one card of
 * several is said only if it holds for all (or, of MAY_BOUNCE, for any).
 *
 * Context: process; RCU keeps the devices.
 */
#include <linux/dma-mapping.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/skiff.h>
#include <linux/swiotlb.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "device.h"

/**
 * skiff_device_of() - index of the device that a socket's route leaves by
 * @sk: locked, or with RCU
 *
 * Return: it, or 0 where there is none
 */
unsigned int skiff_device_of(const struct sock *sk)
{
	const struct dst_entry *dst;

	if (sk->sk_family != AF_INET && sk->sk_family != AF_INET6)
		return 0;
	dst = __sk_dst_get(sk);
	return dst ? dst->dev->ifindex : 0;
}

static u32 features_of(const struct net_device *dev)
{
	u32 caps = 0;

	if (dev->features & NETIF_F_SG)
		caps |= SKIFF_DEVICE_SG;
	if (dev->features & NETIF_F_ALL_TSO)
		caps |= SKIFF_DEVICE_TSO;
	if (dev->features & NETIF_F_CSUM_MASK)
		caps |= SKIFF_DEVICE_CSUM;
	return caps;
}

/* What does the DMA for it, or NULL. */
static struct device *bus_device(const struct net_device *dev)
{
	struct device *d;

	for (d = dev->dev.parent; d; d = d->parent)
		if (d->dma_mask)
			return d;
	return NULL;
}

static int add_bus(struct net_device *dev, struct netdev_nested_priv *priv)
{
	struct device *bus = bus_device(dev);
	struct skiff_receipt *r = priv->data;
	unsigned int bits;

	if (!list_empty(&dev->adj_list.lower) || !bus)
		return 0;
	bits = fls64(dma_get_mask(bus));
	if (!r->device_dma_bits || bits < r->device_dma_bits)
		r->device_dma_bits = bits;
	if (!device_iommu_mapped(bus))
		r->device_caps &= ~SKIFF_DEVICE_IOMMU;
	if (dma_addressing_limited(bus) || is_swiotlb_force_bounce(bus))
		r->device_caps |= SKIFF_DEVICE_MAY_BOUNCE;
	return 0;
}

/**
 * skiff_device_describe() - say what the device of a receipt can do
 * @r: the receipt; receives device_caps and the rest
 */
void skiff_device_describe(struct skiff_receipt *r)
{
	struct netdev_nested_priv priv = { .data = r };
	struct net_device *dev;

	if (!r->device || !current->nsproxy)
		return;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(current->nsproxy->net_ns, r->device);
	if (dev) {
		r->device_caps = features_of(dev) | SKIFF_DEVICE_IOMMU;
		r->device_gso_max = READ_ONCE(dev->gso_max_size);
		add_bus(dev, &priv);
		netdev_walk_all_lower_dev_rcu(dev, add_bus, &priv);
		if (!r->device_dma_bits)
			r->device_caps &= ~SKIFF_DEVICE_IOMMU;
	}
	rcu_read_unlock();
}
