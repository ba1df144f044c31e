// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the packets of a socket leave this machine, if they do.
 *
 * Pages of a flight are copied by the stack as soon as a packet comes to a
 * local receiver, a tap or a tunnel that must change it. So they are worth
 * sending only where the last device of the route is a card: it has a parent
 * on some bus, and gathers from pages. A device that stands on others (bond,
 * bridge, VLAN) is as good as the worst of these. Loopback, veth, tun and the
 * like have neither a parent nor a device below. Whether the socket's own
 * capabilities say that it can gather is no evidence: TCP sets them for
 * whatever can segment, and then does it in software.
 *
 * Context: process. RCU keeps the devices, and the route, unless the socket's
 * lock does.
 */
#include <linux/netdevice.h>
#include <net/dst.h>

#include "route.h"

static bool is_leaf(const struct net_device *dev)
{
	return list_empty(&dev->adj_list.lower);
}

static bool is_card(const struct net_device *dev)
{
	return dev->dev.parent && dev->features & NETIF_F_SG &&
	       !(dev->flags & IFF_LOOPBACK);
}

static int spoils_it(struct net_device *lower, struct netdev_nested_priv *priv)
{
	return is_leaf(lower) && !is_card(lower);
}

/**
 * skiff_route_takes_pages() - whether packets leave as references to pages
 * @dst: a route, or NULL
 *
 * Where the device cannot gather the stack makes packets linear; where it cannot
 * compute their checksum it does so, too, as somebody might write to the pages
 * meanwhile.
 */
bool skiff_route_takes_pages(const struct dst_entry *dst)
{
	netdev_features_t features;

	if (!dst)
		return true;
	features = dst->dev->features;
	return features & NETIF_F_SG &&
	       can_checksum_protocol(features, dst->ops->family == AF_INET6 ?
					       htons(ETH_P_IPV6) :
					       htons(ETH_P_IP));
}

/**
 * skiff_route_leaves_by_card() - whether the network can lend pages and tell
 * @dst: a route, or NULL
 */
bool skiff_route_leaves_by_card(const struct dst_entry *dst)
{
	struct netdev_nested_priv priv = {};
	bool ok;

	if (!dst || dst_xfrm(dst))
		return false;
	rcu_read_lock();
	if (is_leaf(dst->dev))
		ok = is_card(dst->dev);
	else
		ok = dst->dev->features & NETIF_F_SG &&
		     !netdev_walk_all_lower_dev_rcu(dst->dev, spoils_it, &priv);
	rcu_read_unlock();
	return ok;
}
