namespace KernelGateway.AspNetCore.Tests.Hosting;

/// <summary>Metadata that a host adds to the routes of the gateway.</summary>
internal sealed class HostsOwn;
