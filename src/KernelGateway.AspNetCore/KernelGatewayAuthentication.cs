namespace KernelGateway.AspNetCore;

/// <summary>How a request proves that it may run code.</summary>
public enum KernelGatewayAuthentication
{
    /// <summary>By the token of <see cref="KernelGatewayHttpOptions.Token"/>.</summary>
    Token,

    /// <summary>
    /// Not at all. Only connections that end at a loopback address are served, and only under loopback names; whoever can open one can run code.
    /// </summary>
    None,

    /// <summary>
    /// By the application the gateway is embedded in (<c>MapKernelGateway().RequireAuthorization()</c>). The gateway itself checks no
    /// token then; without authorization of the application's own, anybody who reaches it can run code.
    /// </summary>
    Application,
}
