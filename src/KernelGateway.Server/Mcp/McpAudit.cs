using System.Security.Cryptography;
using System.Text.Json;
using KernelGateway.AspNetCore.Auditing;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace KernelGateway.Server.Mcp;

/// <summary>Logs who called which tool, with the arguments as their hash and length, in the audit log of the other routes.</summary>
internal sealed partial class McpAudit(ILogger logger)
{
    private readonly AsyncLocal<HttpContext?> _request = new();
    private readonly ILogger _logger = logger;

    /// <summary>Remembers the request in which calls of tools arrive.</summary>
    public void Enter(HttpContext context) => _request.Value = context;

    /// <summary>Logs each call before it is handled.</summary>
    public McpRequestHandler<CallToolRequestParams, CallToolResult> Filter(McpRequestHandler<CallToolRequestParams, CallToolResult> next) =>
        (request, cancellationToken) =>
        {
            if (request.Params is { } call && _request.Value is { } context)
            {
                var caller = AuditCaller.From(context);
                var arguments = JsonSerializer.SerializeToUtf8Bytes(call.Arguments);
                LogCalled(caller.TokenName, caller.Address, Clean(call.Name), Convert.ToHexStringLower(SHA256.HashData(arguments)), arguments.Length);
            }

            return next(request, cancellationToken);
        };

    // The name comes from outside; a log line is one line.
    private static string Clean(string name) =>
        new([.. name.Take(64).Where(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '.')]);

    [LoggerMessage(5409, LogLevel.Information,
        "Token {TokenName} from {RemoteAddress} called the tool {Tool}: SHA-256 of its arguments {ArgumentsHash}, {ArgumentsBytes} bytes.")]
    private partial void LogCalled(string tokenName, string remoteAddress, string tool, string argumentsHash, int argumentsBytes);
}
