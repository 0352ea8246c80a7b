using System.Security.Cryptography;
using System.Text;
using KernelGateway.Protocol.Messages;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Auditing;

/// <summary>Logs who submitted code, and who created and removed contexts. Code is logged as its hash and length only.</summary>
/// <param name="logger">The log; null when <see cref="KernelGatewayHttpOptions.Audit"/> is off.</param>
internal sealed partial class AuditLog(ILogger? logger)
{
    /// <summary>The category of its lines.</summary>
    public const string Category = "KernelGateway.Audit";

    private readonly ILogger _logger = logger ?? Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    /// <summary>Gets a value indicating whether lines are written; what prepares them can be left out otherwise.</summary>
    public bool IsOn { get; } = logger is not null;

    /// <summary>Logs code that a context has accepted.</summary>
    public void Submitted(HttpContext context, string contextId, string code)
    {
        if (IsOn) Submitted(AuditCaller.From(context), contextId, code);
    }

    public void Submitted(AuditCaller caller, string contextId, string code)
    {
        if (!IsOn) return;
        var bytes = Encoding.UTF8.GetBytes(code);
        LogSubmitted(caller.TokenName, caller.Address, contextId, Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length);
    }

    /// <summary>Logs the code of an <c>execute_request</c>, and each of its user expressions, which are code too.</summary>
    public void Submitted(AuditCaller caller, string contextId, JupyterMessage request)
    {
        if (!IsOn || request.MessageType != MessageTypes.ExecuteRequest) return;
        if (TextOf(request.Content["code"]) is { } code) Submitted(caller, contextId, code);
        if (request.Content["user_expressions"] is not JObject expressions) return;
        foreach (var (_, value) in expressions)
        {
            if (TextOf(value) is { } expression) Submitted(caller, contextId, expression);
        }
    }

    public void Created(HttpContext context, string contextId)
    {
        if (IsOn) Created(AuditCaller.From(context), contextId);
    }

    public void Created(AuditCaller caller, string contextId)
    {
        if (IsOn) LogCreated(caller.TokenName, caller.Address, contextId);
    }

    public void Removed(HttpContext context, string contextId)
    {
        if (!IsOn) return;
        var caller = AuditCaller.From(context);
        LogRemoved(caller.TokenName, caller.Address, contextId);
    }

    private static string? TextOf(JToken? value) => value is { Type: JTokenType.String } ? (string?)value : null;

    [LoggerMessage(5401, LogLevel.Information, "Token {TokenName} from {RemoteAddress} submitted code to context {ContextId}: SHA-256 {CodeHash}, {CodeBytes} bytes.")]
    private partial void LogSubmitted(string tokenName, string remoteAddress, string contextId, string codeHash, int codeBytes);

    [LoggerMessage(5402, LogLevel.Information, "Token {TokenName} from {RemoteAddress} created context {ContextId}.")]
    private partial void LogCreated(string tokenName, string remoteAddress, string contextId);

    [LoggerMessage(5403, LogLevel.Information, "Token {TokenName} from {RemoteAddress} removed context {ContextId}.")]
    private partial void LogRemoved(string tokenName, string remoteAddress, string contextId);
}
