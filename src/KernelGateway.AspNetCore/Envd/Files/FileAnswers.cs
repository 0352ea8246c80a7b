using KernelGateway.AspNetCore.Envd.Common;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Users;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Envd.Files;

/// <summary>What the routes for whole files have in common.</summary>
internal static class FileAnswers
{
    /// <summary>Runs a handler and answers its failures.</summary>
    public static async Task RunAsync(HttpContext context, Func<Task> handler)
    {
        try
        {
            await handler();
        }
        catch (EnvdException exception) when (!context.Response.HasStarted)
        {
            ClearContentHeaders(context.Response);
            await EnvdError.WriteAsync(context, exception);
        }
        catch (SandboxFileException exception) when (!context.Response.HasStarted)
        {
            ClearContentHeaders(context.Response);
            await EnvdError.WriteAsync(context, FileErrors.GetStatus(exception.Reason), exception.Message);
        }
    }

    /// <summary>Gives the files of the user that a request selects.</summary>
    /// <exception cref="EnvdException">There is no such user, or the gateway cannot act for it.</exception>
    public static SandboxFiles GetFiles(LocalSandbox sandbox, string? userName)
    {
        try
        {
            return sandbox.GetFiles(userName);
        }
        catch (UnknownUserException exception)
        {
            throw new EnvdException(
                StatusCodes.Status401Unauthorized, $"error looking up user '{exception.Name}': {exception.Message}", exception);
        }
    }

    // They describe the file and not the error.
    private static void ClearContentHeaders(HttpResponse response)
    {
        response.Headers.ContentDisposition = default;
        response.Headers.LastModified = default;
        response.Headers.ContentEncoding = default;
        response.ContentLength = null;
    }
}
