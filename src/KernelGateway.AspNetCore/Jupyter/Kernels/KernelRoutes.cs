using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary>The routes of kernels, with their descriptions.</summary>
internal static class KernelRoutes
{
    private const string Json = JsonAnswer.MediaType;
    private const string Unknown = "There is no kernel of that id.";

    public static void Map(RouteTable routes, KernelEndpoints endpoints, KernelControlEndpoints control)
    {
        routes.Map("GET", "/api/kernels", endpoints.ListAsync)
            .Describe("jupyter_list_kernels", "Lists the kernels: those of all contexts.")
            .Answers<KernelBody[]>(200, Json, "The kernels, in the order in which they were started.");
        routes.Map("POST", "/api/kernels", endpoints.StartAsync)
            .Describe(
                "jupyter_start_kernel",
                "Starts a kernel and waits until it is ready.",
                "No body, and `null`, count as `{}`. It is a context, too, with the same id.")
            .Takes<StartKernelBody>(Json, isOptional: true)
            .Answers<KernelBody>(201, Json, "The kernel; `Location` says where it is.")
            .Answers<JupyterErrorBody>(400, Json, "The body is not as described.")
            .Answers<JupyterErrorBody>(403, Json, "There are as many kernels as there may be (`Resource Limit`).")
            .Answers<JupyterErrorBody>(409, Json, "The kernel was deleted before it was ready, or its id is taken by one that is being started.")
            .Answers<JupyterErrorBody>(413, Json, "The body is too long.")
            .Answers<JupyterErrorBody>(415, Json, "The body is not declared to be JSON, and no token tells the client from a web page; or it has an encoding other than gzip and deflate.")
            .Answers<JupyterErrorBody>(500, Json, "It did not start, or there is no such kernelspec; the message says why, or which there are.")
            .Answers<JupyterErrorBody>(503, Json, "The gateway is stopping, or has no memory for the body at the moment.");
        routes.Map("GET", "/api/kernels/{id}", endpoints.ShowAsync)
            .Describe("jupyter_get_kernel", "Shows a kernel and what it is doing.")
            .Answers<KernelBody>(200, Json, "The kernel.")
            .Answers<JupyterErrorBody>(404, Json, Unknown);
        routes.Map("DELETE", "/api/kernels/{id}", endpoints.DeleteAsync)
            .Describe(
                "jupyter_delete_kernel",
                "Shuts a kernel down; one that was attached is let go.",
                "The start of a kernel under this id is cancelled.")
            .Answers<Nothing>(204, null, "Its process is gone.")
            .Answers<JupyterErrorBody>(404, Json, Unknown);
        routes.Map("POST", "/api/kernels/{id}/interrupt", control.InterruptAsync)
            .Describe("jupyter_interrupt_kernel", "Interrupts what a kernel runs, whoever sent it.")
            .Answers<Nothing>(204, null, "It is interrupted, or being interrupted.")
            .Answers<JupyterErrorBody>(404, Json, Unknown)
            .Answers<JupyterErrorBody>(409, Json, "The kernel is dead, or could only be interrupted by a restart, which is not possible now.")
            .Answers<JupyterErrorBody>(500, Json, "It could only be interrupted by a restart, which failed.");
        routes.Map("POST", "/api/kernels/{id}/restart", control.RestartAsync)
            .Describe("jupyter_restart_kernel", "Replaces a kernel's process: same id, no state.", "Requests that come at the same time are one.")
            .Answers<KernelBody>(200, Json, "The kernel; it is ready.")
            .Answers<JupyterErrorBody>(404, Json, Unknown)
            .Answers<JupyterErrorBody>(409, Json, "The kernel was attached: who started it restarts it. Or a new process could not be started now, and the kernel is as it was.")
            .Answers<JupyterErrorBody>(500, Json, "The new process did not start; the message says why.");
    }
}
