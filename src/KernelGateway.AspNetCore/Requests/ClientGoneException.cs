namespace KernelGateway.AspNetCore.Requests;

/// <summary>The client does not read its answer any more. It is seen here before the token of its request fires.</summary>
internal sealed class ClientGoneException() : OperationCanceledException("The client has gone.");
