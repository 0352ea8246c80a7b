namespace KernelGateway.AspNetCore;

/// <summary>How requests are authenticated.</summary>
public enum KernelGatewayAuthentication
{
    /// <summary>With the token of <see cref="KernelGatewayHttpOptions.Token"/>.</summary>
    Token,

    /// <summary>
    /// No authentication. Only connections to a loopback address under a loopback name are served. Everybody who can open one can
    /// run code.
    /// </summary>
    None,

    /// <summary>
    /// The embedding application authorizes requests (<c>MapKernelGateway().RequireAuthorization()</c>). The gateway checks no
    /// token. Without authorization in the application, everybody who can reach it can run code.
    /// </summary>
    Application,
}
