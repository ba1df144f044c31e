// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "ethtool.h"

/* The kernel gives the names in one answer, their bits in another. */
struct features {
	uint32_t nr;
	struct ethtool_gstrings *names;
	struct ethtool_gfeatures *bits;
};

static int ask(int sock, const char *device, void *command)
{
	struct ifreq request = { .ifr_data = command };

	if (strlen(device) >= sizeof(request.ifr_name))
		return -ENODEV;
	strcpy(request.ifr_name, device);
	return ioctl(sock, SIOCETHTOOL, &request) ? -errno : 0;
}

static int ask_number(int sock, const char *device, uint32_t *nr)
{
	union {
		struct ethtool_sset_info info;
		char space[sizeof(struct ethtool_sset_info) + sizeof(*nr)];
	} set = {
		.info = {
			.cmd = ETHTOOL_GSSET_INFO,
			.sset_mask = UINT64_C(1) << ETH_SS_FEATURES,
		},
	};
	int error = ask(sock, device, &set);

	if (error)
		return error;
	if (!set.info.sset_mask)
		return -EOPNOTSUPP;
	memcpy(nr, set.info.data, sizeof(*nr));
	return 0;
}

static int ask_all(int sock, const char *device, struct features *features)
{
	uint32_t blocks;
	int error = ask_number(sock, device, &features->nr);

	if (error)
		return error;
	blocks = (features->nr + 31) / 32;
	features->names = calloc(1, sizeof(*features->names) +
					    features->nr * ETH_GSTRING_LEN);
	features->bits = calloc(1, sizeof(*features->bits) +
					   blocks * sizeof(features->bits->features[0]));
	if (!features->names || !features->bits)
		return -ENOMEM;
	features->names->cmd = ETHTOOL_GSTRINGS;
	features->names->string_set = ETH_SS_FEATURES;
	features->names->len = features->nr;
	features->bits->cmd = ETHTOOL_GFEATURES;
	features->bits->size = blocks;
	error = ask(sock, device, features->names);
	return error ? error : ask(sock, device, features->bits);
}

int ethtool_features(const char *device, struct features **features)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = -ENOMEM;

	if (sock < 0)
		return -errno;
	*features = calloc(1, sizeof(**features));
	if (*features)
		error = ask_all(sock, device, *features);
	close(sock);
	if (error)
		ethtool_free(*features);
	return error;
}

enum feature ethtool_feature(const struct features *features, const char *name)
{
	for (uint32_t i = 0; i < features->nr; i++) {
		const char *at = (const char *)features->names->data +
				 i * ETH_GSTRING_LEN;
		const struct ethtool_get_features_block *block =
			&features->bits->features[i / 32];
		uint32_t bit = UINT32_C(1) << i % 32;

		if (strncmp(at, name, ETH_GSTRING_LEN))
			continue;
		if (block->active & bit)
			return FEATURE_ON;
		return block->available & ~block->never_changed & bit ?
			       FEATURE_OFF :
			       FEATURE_FIXED;
	}
	return FEATURE_NONE;
}

void ethtool_free(struct features *features)
{
	if (!features)
		return;
	free(features->names);
	free(features->bits);
	free(features);
}
