namespace KernelGateway.AspNetCore.Requests;

/// <summary>The client does not read its response any more. Seen before the token of the request is cancelled.</summary>
internal sealed class ClientGoneException() : OperationCanceledException("The client has gone.");
