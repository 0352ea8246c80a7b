using KernelGateway.AspNetCore.Security;
using KernelGateway.Logging;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Auditing;

/// <summary>Who sent a request, as the audit log names it.</summary>
/// <param name="TokenName">The name of the token; without tokens the name of the user that the host has authenticated, or <c>none</c>.</param>
/// <param name="Address">The address of the other end of the connection, which may be a proxy.</param>
internal readonly record struct AuditCaller(string TokenName, string Address)
{
    private const string Unknown = "none";

    /// <summary>Reads it from a request that has passed the guard.</summary>
    public static AuditCaller From(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress;
        if (address is { IsIPv4MappedToIPv6: true }) address = address.MapToIPv4();
        var name = context.Features.Get<AccessToken>()?.Name ?? OutsideText.Escape(context.User.Identity?.Name);

        // Connections of Unix sockets have no address.
        return new AuditCaller(name.Length > 0 ? name : Unknown, address?.ToString() ?? "local");
    }
}
