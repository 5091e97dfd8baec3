// Addresses and routes as the kernel tells them over rtnetlink(7): getifaddrs
// knows neither scopes nor second addresses, and no file tells which route a
// packet takes.
#include "CPlatform.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
  struct nlmsghdr header;
  union {
    struct rtmsg route;
    struct ifaddrmsg address;
  } body;
  uint8_t attributes[64];
};

/// Called with every message of an answer.
typedef void (*take_message)(const struct nlmsghdr *message, void *context);

static int ask(struct request *request, take_message take, void *context) {
  int descriptor =
      socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (descriptor < 0) return errno;
  // The kernel answers at once; nothing may hang where something else does.
  struct timeval patience = {2, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  int problem = 0;
  int is_list = request->header.nlmsg_flags & NLM_F_DUMP;
  if (send(descriptor, request, request->header.nlmsg_len, 0) < 0)
    problem = errno;
  _Alignas(struct nlmsghdr) uint8_t buffer[65536];
  int is_done = problem != 0;
  while (!is_done) {
    ssize_t got = recv(descriptor, buffer, sizeof buffer, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      problem = errno;
      break;
    }
    if (got == 0) break;
    unsigned left = (unsigned)got;
    for (struct nlmsghdr *message = (struct nlmsghdr *)buffer;
         NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE) {
        is_done = 1;
        break;
      }
      if (message->nlmsg_type == NLMSG_ERROR) {
        if (message->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr)))
          problem = -((struct nlmsgerr *)NLMSG_DATA(message))->error;
        is_done = 1;
        break;
      }
      take(message, context);
      if (!is_list) is_done = 1;
    }
  }
  close(descriptor);
  return problem;
}

static int copy(const struct rtattr *attribute, uint8_t *to) {
  size_t size = RTA_PAYLOAD(attribute);
  if (size > 16) return 0;
  memcpy(to, RTA_DATA(attribute), size);
  return 1;
}

struct address_listener {
  void (*each)(const struct qd_address *address, void *context);
  void *context;
};

static void take_address(const struct nlmsghdr *message, void *context) {
  struct address_listener *listener = context;
  if (message->nlmsg_type != RTM_NEWADDR) return;
  const struct ifaddrmsg *body = NLMSG_DATA(message);
  struct qd_address found;
  memset(&found, 0, sizeof found);
  found.family = body->ifa_family;
  found.prefix = body->ifa_prefixlen;
  found.scope = body->ifa_scope;
  found.interface = (int)body->ifa_index;
  found.is_secondary = (body->ifa_flags & IFA_F_SECONDARY) != 0;
  int has_local = 0;
  int left = (int)IFA_PAYLOAD(message);
  for (const struct rtattr *at = IFA_RTA(body); RTA_OK(at, left);
       at = RTA_NEXT(at, left)) {
    switch (at->rta_type) {
      case IFA_LOCAL: has_local = copy(at, found.local); break;
      case IFA_ADDRESS: copy(at, found.address); break;
      case IFA_BROADCAST: found.has_broadcast = copy(at, found.broadcast); break;
      case IFA_LABEL:
        strncpy(found.label, RTA_DATA(at), sizeof found.label - 1);
        break;
      default: break;
    }
  }
  // An address without a peer stands in IFA_ADDRESS alone.
  if (!has_local) memcpy(found.local, found.address, sizeof found.local);
  listener->each(&found, listener->context);
}

int qd_list_addresses(
    void (*each)(const struct qd_address *address, void *context),
    void *context) {
  struct request request;
  memset(&request, 0, sizeof request);
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.body.address);
  request.header.nlmsg_type = RTM_GETADDR;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  struct address_listener listener = {each, context};
  return ask(&request, take_address, &listener);
}

struct route_listener {
  void (*each)(const struct qd_route *route, void *context);
  void *context;
};

static void take_route(const struct nlmsghdr *message, void *context) {
  struct route_listener *listener = context;
  if (message->nlmsg_type != RTM_NEWROUTE) return;
  const struct rtmsg *body = NLMSG_DATA(message);
  struct qd_route found;
  memset(&found, 0, sizeof found);
  found.family = body->rtm_family;
  found.prefix = body->rtm_dst_len;
  found.is_local =
      body->rtm_type == RTN_LOCAL && (body->rtm_flags & RTM_F_CLONED) == 0;
  uint32_t table = body->rtm_table;
  int left = (int)RTM_PAYLOAD(message);
  for (const struct rtattr *at = RTM_RTA(body); RTA_OK(at, left);
       at = RTA_NEXT(at, left)) {
    switch (at->rta_type) {
      case RTA_DST: copy(at, found.destination); break;
      case RTA_GATEWAY: found.has_gateway = copy(at, found.gateway); break;
      case RTA_PREFSRC: found.has_source = copy(at, found.source); break;
      case RTA_OIF:
        if (RTA_PAYLOAD(at) == sizeof(int))
          memcpy(&found.interface, RTA_DATA(at), sizeof(int));
        break;
      case RTA_TABLE:
        if (RTA_PAYLOAD(at) == sizeof table)
          memcpy(&table, RTA_DATA(at), sizeof table);
        break;
      default: break;
    }
  }
  found.is_local = found.is_local && table == RT_TABLE_LOCAL;
  listener->each(&found, listener->context);
}

int qd_list_routes(
    int family, void (*each)(const struct qd_route *route, void *context),
    void *context) {
  struct request request;
  memset(&request, 0, sizeof request);
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.body.route);
  request.header.nlmsg_type = RTM_GETROUTE;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.route.rtm_family = (unsigned char)family;
  struct route_listener listener = {each, context};
  return ask(&request, take_route, &listener);
}

int qd_route_to(
    int family, const uint8_t *address,
    void (*each)(const struct qd_route *route, void *context),
    void *context) {
  size_t size = family == AF_INET6 ? 16 : 4;
  struct request request;
  memset(&request, 0, sizeof request);
  request.header.nlmsg_type = RTM_GETROUTE;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.body.route.rtm_family = (unsigned char)family;
  request.body.route.rtm_dst_len = (unsigned char)(size * 8);
  size_t length = NLMSG_LENGTH(sizeof request.body.route);
  struct rtattr *attribute =
      (struct rtattr *)((uint8_t *)&request + NLMSG_ALIGN(length));
  attribute->rta_type = RTA_DST;
  attribute->rta_len = (unsigned short)RTA_LENGTH(size);
  memcpy(RTA_DATA(attribute), address, size);
  request.header.nlmsg_len =
      (uint32_t)(NLMSG_ALIGN(length) + RTA_LENGTH(size));
  struct route_listener listener = {each, context};
  return ask(&request, take_route, &listener);
}
